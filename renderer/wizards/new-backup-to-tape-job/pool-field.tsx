import { lazy, type ReactElement, useState } from 'react';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import type { FieldBinding } from '../../ui/wizard/field-binding.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Disclosure, FactList, Group, Note, Row, Text, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { type Answer, useAnswer } from '../engine.ts';
import { InnerWizard } from '../inner-wizard.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { counted, size } from '../words.ts';
import { catalogue, say } from '../../say.ts';

const NewMediaPool = lazy(() => import('../new-media-pool/new-media-pool.tsx'));
const t = catalogue({
  choose: 'Choose a media pool…',
  none: 'There is no media pool of your own yet.',
  asking: 'Reading the media pools…',
  add: 'New media pool…',
  facts: 'This media pool',
  tapes: 'Tapes',
  tapesText: (media: string, online: number) => `${media}, ${online} in libraries now`,
  free: 'Free space',
  set: 'New media set',
  retention: 'Protection',
  next: 'Next tape',
  working: 'Asking which tape comes next…',
  others: 'Every tape, and why it would or would not be taken',
  candidates: 'Tapes for this pool',
  tape: 'Tape',
  usable: 'Can be used',
  yes: 'yes',
  no: 'no',
  why: 'Why',
  noCandidates: 'No tape is known yet.',
} as const);

interface Candidate {
  mediaId: string;
  barcode: string;
  usable: boolean;
  rank: number | null;
  reason: string;
}

const byRank = (a: Candidate, b: Candidate): number => (a.rank ?? Infinity) - (b.rank ?? Infinity);

/** Which tape would be written next and why, and why not each of the others. */
const NextTape = ({ poolId }: { poolId: string }): ReactElement => {
  const next = useAnswer(`wizard candidates ${poolId}`, ['media', 'pools', 'libraries'], (engine, signal) =>
    engine.media.candidates({ poolId }, { signal }),
  );
  if (next.value === null) {
    return next.failure === null ? <Working label={t.working} /> : <Note intent="warning">{next.failure}</Note>;
  }
  const candidates = [...next.value.candidates].sort(byRank);
  const usable = candidates.some((candidate) => candidate.usable);
  return (
    <Group title={t.next}>
      {usable ? <Text>{next.value.decision}</Text> : <Note intent="warning">{next.value.decision}</Note>}
      <Disclosure title={t.others}>
        <ListTable
          label={t.candidates}
          columns={[
            { id: 'barcode', label: t.tape, width: '120px', renderCell: (row: Candidate) => row.barcode },
            { id: 'usable', label: t.usable, width: '100px', renderCell: (row) => (row.usable ? t.yes : t.no) },
            { id: 'reason', label: t.why, renderCell: (row) => row.reason },
          ]}
          rows={candidates}
          rowId={(row) => row.mediaId}
          rowName={(row) => row.barcode}
          empty={t.noCandidates}
          maxHeightPx={200}
        />
      </Disclosure>
    </Group>
  );
};

/** A media pool with what it holds and which tape it would take; a new one can be made on the way. */
export const PoolField = (props: {
  binding: FieldBinding;
  label: string;
  value: string;
  pools: Answer<readonly PoolRow[]>;
  onChange: (id: string) => void;
}): ReactElement => {
  const [adding, setAdding] = useState(false);
  const rows = props.pools.value;
  const chosen = rows?.find((row) => row.id === props.value);
  return (
    <>
      <Row align="field">
        <SelectField
          {...props.binding}
          label={props.label}
          required
          placeholder={rows === null ? t.asking : rows.length === 0 ? t.none : t.choose}
          value={rows === null || chosen !== undefined ? props.value : ''}
          options={(rows ?? []).map((row) => ({
            value: row.id,
            label: say`${row.name} (${counted(row.mediaCount, say('tape'))}, ${size(row.freeBytes)} free)`,
          }))}
          onChange={props.onChange}
        />
        <ActionButton label={t.add} onPress={() => setAdding(true)} />
      </Row>
      {props.pools.failure === null ? null : (
        <Note intent="error">
          {props.pools.failure} <ActionButton label={jobTexts.summary.again} onPress={props.pools.again} />
        </Note>
      )}
      {chosen === undefined ? null : (
        <>
          <Group title={t.facts}>
            <FactList
              facts={[
                [t.tapes, t.tapesText(counted(chosen.mediaCount, say('tape')), chosen.onlineCount)],
                [t.free, size(chosen.freeBytes)],
                [t.set, chosen.allocationText],
                [t.retention, chosen.retentionText],
              ]}
            />
          </Group>
          <NextTape poolId={chosen.id} />
        </>
      )}
      {adding ? (
        <InnerWizard name="new-media-pool">
          <NewMediaPool
            props={{}}
            onClose={() => setAdding(false)}
            onDone={({ id }) => {
              setAdding(false);
              props.pools.again();
              if (id !== undefined) props.onChange(id);
            }}
          />
        </InnerWizard>
      ) : null}
    </>
  );
};
