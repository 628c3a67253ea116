import { type ReactElement, useState } from 'react';
import type { LibraryRow, MediaRow } from '../../../shared/contract/tape.ts';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Group, Note, ProblemLine, Quiet, Row } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import type { Engine } from '../engine.ts';
import { PickDialog, type PickRequest } from '../job-pages/pick-dialog.tsx';
import type { Chosen } from '../job-pages/sources-draft.ts';
import type { WizardHandle } from '../wizard.tsx';
import { size } from '../words.ts';
import type { PoolDraft } from './draft.ts';
import { texts } from './texts.ts';

const t = texts.tapes;

const pickable = ['free', 'blank'];

const askMedia = (engine: Engine, request: PickRequest, signal: AbortSignal) =>
  engine.media.list(
    { ...request, filters: { state: pickable }, sort: { by: 'barcode', direction: 'asc' } },
    { signal },
  );

const mediumName = (row: { barcode: string; name: string }): string => row.barcode || row.name;

const chosenOf = (row: MediaRow): Chosen => ({ id: row.id, name: mediumName(row) });

const refused = (row: MediaRow): string | null => (pickable.includes(row.state) ? null : t.notFree(row.state));

/** Libraries, the tapes that the pool begins with, and where more come from. */
export const TapesPage = ({
  w,
  libraries,
}: {
  w: WizardHandle<PoolDraft>;
  libraries: readonly LibraryRow[];
}): ReactElement => {
  const { draft } = w;
  const [picking, setPicking] = useState(false);
  const [marked, setMarked] = useState<readonly string[]>([]);
  return (
    <>
      <Group title={t.libraries}>
        <div data-field="libraryIds">
          <ListTable
            label={t.libraries}
            columns={[
              { id: 'name', label: t.library, renderCell: (row: LibraryRow) => row.name },
              { id: 'drives', label: t.drives, align: 'end', renderCell: (row) => row.driveCount },
              { id: 'media', label: t.media, align: 'end', renderCell: (row) => row.mediaCount },
              { id: 'state', label: t.state, renderCell: (row) => row.stateText ?? row.state },
            ]}
            rows={libraries}
            rowId={(row) => row.id}
            rowName={(row) => row.name}
            select="several"
            selected={draft.libraryIds}
            onSelect={(libraryIds) => w.update({ libraryIds })}
            empty={t.noLibraries}
            maxHeightPx={130}
          />
        </div>
        <ProblemLine name="libraryIds" problem={w.problemIn('libraryIds')} />
        <Quiet>{t.librariesHint}</Quiet>
      </Group>
      {w.editing ? (
        <Note intent="info">{t.editNote}</Note>
      ) : (
        <Group title={t.list}>
          <Row>
            <ActionButton label={t.add} onPress={() => setPicking(true)} />
            <ActionButton
              label={t.remove}
              disabled={marked.length === 0}
              onPress={() => {
                w.update({ media: draft.media.filter((medium) => !marked.includes(medium.id)) });
                setMarked([]);
              }}
            />
          </Row>
          <div data-field="mediaIds">
            <ListTable
              label={t.list}
              columns={[{ id: 'barcode', label: t.barcode, renderCell: (medium: Chosen) => medium.name }]}
              rows={draft.media}
              rowId={(medium) => medium.id}
              rowName={(medium) => medium.name}
              select="several"
              selected={marked}
              onSelect={setMarked}
              empty={t.empty}
              maxHeightPx={130}
            />
          </div>
          <ProblemLine name="mediaIds" problem={w.problemIn('mediaIds')} />
        </Group>
      )}
      <div>
        <CheckField
          {...w.bind('replenishFromFree')}
          label={t.replenish}
          hint={t.replenishHint}
          value={draft.replenishFromFree}
          onChange={(replenishFromFree) => w.update({ replenishFromFree })}
        />
        <CheckField
          {...w.bind('takeBlank')}
          label={t.blank}
          value={draft.takeBlank}
          onChange={(takeBlank) => w.update({ takeBlank })}
        />
      </div>
      {picking ? (
        <PickDialog<MediaRow>
          title={t.pickTitle}
          accept={t.pick}
          label={t.pickTitle}
          searchLabel={t.search}
          empty={t.nonePickable}
          columns={[
            { id: 'barcode', label: t.barcode, renderCell: mediumName },
            { id: 'state', label: t.state, renderCell: (row) => row.state },
            { id: 'where', label: t.where, renderCell: (row) => row.where },
            { id: 'capacity', label: t.capacity, align: 'end', renderCell: (row) => size(row.capacityBytes) },
          ]}
          chosenOf={chosenOf}
          refused={refused}
          initial={draft.media}
          ask={askMedia}
          onChoose={(media) => {
            w.update({ media });
            setPicking(false);
          }}
          onClose={() => setPicking(false)}
        />
      ) : null}
    </>
  );
};
