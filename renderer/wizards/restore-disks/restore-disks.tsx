import { lazy, type ReactElement, Suspense, useState } from 'react';
import type { PointRow } from '../../../shared/contract/backups.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { Group, Lines, Note, ProblemLine, Quiet, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { PathField } from '../../ui/wizard/path-field.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { isAbsolutePath } from '../absolute-path.ts';
import type { FolderFacts } from '../add-repository/draft.ts';
import { useBrowse } from '../browse.ts';
import { type Answer, type Engine, useAnswer, useEngine, useSettled } from '../engine.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps } from '../wizard-result.ts';
import { moment, size } from '../words.ts';
import {
  chosenBytes,
  chosenDisks,
  type DiskPoint,
  type DiskRestoreDraft,
  diskCommand,
  diskPointOf,
  diskProblems,
  diskRequestOf,
  diskSentences,
  diskSteps,
  newDiskDraft,
  pointRefusal,
} from './draft.ts';
import { PointPage } from './point-page.tsx';
import { texts } from './texts.ts';

const RestoreFromTape = lazy(() => import('../restore-from-tape/restore-from-tape.tsx'));

type Props = WizardComponentProps<'restore-disks'>;
type Handle = WizardHandle<DiskRestoreDraft>;

interface Facts {
  initial: DiskRestoreDraft;
}

/** The restore point asked for. One that is on tape gives its machine only. */
const askPoint = async (engine: Engine, id: string | undefined, signal: AbortSignal): Promise<PointRow | null> => {
  if (id === undefined) return null;
  const page = await engine.backups.points({ ids: [id], limit: 1000 }, { signal });
  return page.rows.find((row) => row.id === id) ?? null;
};

const askFacts = async (engine: Engine, props: Props['props'], signal: AbortSignal): Promise<Facts> => {
  const row = await askPoint(engine, props.pointIds[0], signal);
  const draft = newDiskDraft(row === null || pointRefusal(row) !== null ? null : diskPointOf(row));
  return { initial: row === null ? draft : { ...draft, machine: { id: row.machineId, name: row.machineName } } };
};

const DisksPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.disks;
  return (
    <div data-field="diskIds" style={{ display: 'contents' }}>
      <ListTable
        label={t.list}
        columns={[
          { id: 'name', label: t.disk, renderCell: (disk: DiskPoint['disks'][number]) => disk.name },
          { id: 'size', label: t.size, align: 'end', renderCell: (disk) => size(disk.sizeBytes) },
        ]}
        rows={w.draft.point?.disks ?? []}
        rowId={(disk) => disk.id}
        rowName={(disk) => disk.name}
        select="several"
        selected={w.draft.diskIds}
        onSelect={(diskIds) => w.update({ diskIds })}
        empty={t.none}
        maxHeightPx={300}
      />
      <ProblemLine name="diskIds" problem={w.problemIn('diskIds')} />
      <Quiet>{t.total(size(chosenBytes(w.draft)))}</Quiet>
    </div>
  );
};

const FolderNotes = ({ folder, neededBytes }: { folder: FolderFacts; neededBytes: number }): ReactElement => {
  const t = texts.destination;
  const free = folder.freeBytes === null ? '' : t.free(size(folder.freeBytes));
  if (folder.exists && !folder.writable) return <Note intent="warning">{t.readOnly}</Note>;
  return (
    <>
      <Note intent="info">{folder.exists ? t.there(free) : t.new(free)}</Note>
      {folder.freeBytes !== null && folder.freeBytes < neededBytes ? (
        <Note intent="warning">{t.little(size(neededBytes), size(folder.freeBytes))}</Note>
      ) : null}
    </>
  );
};

const DestinationPage = ({ w, folder }: { w: Handle; folder: Answer<FolderFacts> }): ReactElement => {
  const browse = useBrowse();
  const t = texts.destination;
  return (
    <>
      <PathField
        {...w.bind('folder')}
        label={t.folder}
        hint={t.hint}
        required
        only="folders"
        browse={browse}
        browseLabel={t.browse}
        browseTitle={t.browseTitle}
        placeholder="/restore"
        value={w.draft.folder}
        onChange={(path) => w.update({ folder: path })}
      />
      <div aria-live="polite">
        {folder.asking && folder.value === null ? <Working label={t.looking} /> : null}
        {folder.value === null ? null : <FolderNotes folder={folder.value} neededBytes={chosenBytes(w.draft)} />}
      </div>
      <div>
        <CheckField
          {...w.bind('overwrite')}
          label={t.overwrite}
          hint={t.overwriteHint}
          value={w.draft.overwrite}
          onChange={(overwrite) => w.update({ overwrite })}
        />
      </div>
      {w.draft.overwrite ? <Note intent="warning">{t.overwriteNote}</Note> : null}
    </>
  );
};

const SummaryPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.summary;
  const { draft } = w;
  const when = moment(draft.point?.createdAt ?? 0);
  return (
    <>
      <Group title={t.happens}>
        <Lines lines={diskSentences(draft)} />
      </Group>
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.point, value: t.pointText(draft.machine?.name ?? '', when), stepId: 'point' },
            {
              term: t.disks,
              value: chosenDisks(draft)
                .map((disk) => `${disk.name} (${size(disk.sizeBytes)})`)
                .join(', '),
              stepId: 'disks',
            },
            { term: t.folder, value: draft.folder.trim(), stepId: 'destination' },
            { term: t.overwrite, value: draft.overwrite ? t.replaced : t.kept, stepId: 'destination' },
          ]}
        />
      </Group>
      <CommandLine label={t.command} command={diskCommand(draft)} />
    </>
  );
};

const Body = ({ facts, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const [draft, setDraft] = useState(facts.initial);
  const [fromTape, setFromTape] = useState<string | null>(null);
  const wanted = useSettled(draft.folder.trim());
  const folder = useAnswer(isAbsolutePath(wanted) ? `wizard folder ${wanted}` : null, [], (engine, signal) =>
    engine.repositories.inspect({ place: { kind: 'directory', path: wanted } }, { signal }),
  );
  return (
    <>
      <Wizard
        title={texts.title}
        rules={{ steps: () => diskSteps, problems: diskProblems }}
        initial={facts.initial}
        submit={(finished) => engine.restores.disks(diskRequestOf(finished))}
        onDone={onDone}
        onClose={onClose}
        onDraft={setDraft}
      >
        {(w) => {
          switch (w.step) {
            case 'point':
              return <PointPage w={w} onFromTape={setFromTape} />;
            case 'disks':
              return <DisksPage w={w} />;
            case 'destination':
              return <DestinationPage w={w} folder={folder} />;
            default:
              return <SummaryPage w={w} />;
          }
        }}
      </Wizard>
      {/* The two-step way back: once the restore from tape begins, its session is watched first. */}
      {fromTape === null ? null : (
        <Suspense fallback={null}>
          <RestoreFromTape props={{ machineIds: [fromTape] }} onDone={onDone} onClose={() => setFromTape(null)} />
        </Suspense>
      )}
    </>
  );
};

/** Writes disks of a restore point to raw files. */
const RestoreDisks = (props: Props): ReactElement => (
  <Opening
    title={texts.title}
    question={`wizard disks ${JSON.stringify(props.props)}`}
    ask={(engine, signal) => askFacts(engine, props.props, signal)}
    onClose={props.onClose}
  >
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default RestoreDisks;
