import { type ReactElement, useState } from 'react';
import type { LibraryRow, PoolRow } from '../../../shared/contract/tape.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { NumberField } from '../../ui/wizard/fields.tsx';
import { Group, Indent, Lines, Note } from '../../ui/wizard/layout.tsx';
import { RadioCards } from '../../ui/wizard/radio-cards.tsx';
import { SchedulePicker } from '../../ui/wizard/schedule-picker.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { type Engine, useEngine } from '../engine.ts';
import { freeName, takenNamesOf } from '../job-pages/free-name.ts';
import { NameFields } from '../job-pages/name-fields.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { counted, moment } from '../words.ts';
import {
  allocationWords,
  newPoolDraft,
  type PoolDraft,
  poolCommand,
  poolDraftOf,
  poolProblems,
  poolSettingsOf,
  poolSteps,
  protectionWords,
} from './draft.ts';
import { TapesPage } from './tapes-page.tsx';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'new-media-pool'>;
type Handle = WizardHandle<PoolDraft>;

interface Facts {
  pools: readonly PoolRow[];
  libraries: readonly LibraryRow[];
  initial: PoolDraft;
  version: number;
}

const askFacts = async (engine: Engine, props: Props['props'], signal: AbortSignal): Promise<Facts> => {
  const [pools, libraries, pool, media] = await Promise.all([
    engine.pools.list({ limit: 1000 }, { signal }),
    engine.tape.libraries({ limit: 1000, sort: { by: 'name', direction: 'asc' } }, { signal }),
    props.poolId === undefined ? null : engine.pools.get({ id: props.poolId }, { signal }),
    Promise.all((props.mediaIds ?? []).map((id) => engine.media.get({ id }, { signal }))),
  ]);
  const chosen = media.map((row) => ({ id: row.id, name: row.barcode || row.name }));
  const name = freeName(texts.namePrefix, takenNamesOf(pools.rows, undefined));
  const initial =
    pool?.settings == null
      ? newPoolDraft(name, jobTexts.createdAt(moment(Date.now())), chosen)
      : poolDraftOf(pool.settings);
  return { pools: pools.rows, libraries: libraries.rows, initial, version: pool?.version ?? 1 };
};

const SetPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.set;
  return (
    <>
      <RadioCards<PoolDraft['allocation']>
        {...w.bind('allocation')}
        label={t.label}
        value={w.draft.allocation}
        cards={[
          { value: 'session', title: t.session, text: t.sessionText },
          { value: 'schedule', title: t.schedule, text: t.scheduleText },
          { value: 'continue', title: t.continue, text: t.continueText },
        ]}
        onChange={(allocation) => w.update({ allocation })}
      />
      {w.draft.allocation === 'schedule' ? (
        <SchedulePicker
          label={t.scheduleLabel}
          value={w.draft.setSchedule}
          kinds={['daily', 'monthly']}
          bind={(part) => w.bind(part === '' ? 'allocation.schedule' : `allocation.schedule.${part}`)}
          onChange={(setSchedule) => w.update({ setSchedule })}
        />
      ) : null}
    </>
  );
};

const RetentionPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.retention;
  return (
    <>
      <RadioCards<PoolDraft['retention']>
        {...w.bind('retention')}
        label={t.label}
        value={w.draft.retention}
        cards={[
          { value: 'for', title: t.for, text: t.forText },
          { value: 'forever', title: t.forever, text: t.foreverText },
          { value: 'overwrite', title: t.overwrite, text: t.overwriteText },
        ]}
        onChange={(retention) => w.update({ retention })}
      />
      {w.draft.retention === 'for' ? (
        <Indent>
          <NumberField
            {...w.bind('retention.days')}
            label={t.days}
            value={w.draft.retentionDays}
            onChange={(retentionDays) => w.update({ retentionDays })}
          />
        </Indent>
      ) : null}
      {w.draft.retention === 'overwrite' ? <Note intent="warning">{t.overwriteNote}</Note> : null}
      {w.editing ? <Note intent="info">{t.changeNote}</Note> : null}
    </>
  );
};

const OptionsPage = ({ w, libraries }: { w: Handle; libraries: readonly LibraryRow[] }): ReactElement => {
  const { libraryIds } = w.draft;
  const used = libraries.filter((library) => libraryIds.length === 0 || libraryIds.includes(library.id));
  const drives = used.reduce((total, library) => total + library.driveCount, 0);
  return (
    <NumberField
      {...w.bind('maxDrives')}
      width="medium"
      label={texts.options.maxDrives}
      hint={texts.options.maxDrivesHint(drives)}
      value={w.draft.maxDrives}
      onChange={(maxDrives) => w.update({ maxDrives })}
    />
  );
};

const SummaryPage = ({ w, libraries }: { w: Handle; libraries: readonly LibraryRow[] }): ReactElement => {
  const t = texts.summary;
  const { draft } = w;
  const names = draft.libraryIds.map((id) => libraries.find((library) => library.id === id)?.name ?? id);
  const more = [...(draft.replenishFromFree ? [t.fromFree] : []), ...(draft.takeBlank ? [t.blank] : [])];
  return (
    <>
      <Group title={t.happens}>
        <Lines
          lines={[
            w.editing ? t.change(draft.name) : t.create(draft.name),
            ...(draft.media.length === 0 ? [] : [t.moved(counted(draft.media.length, say('tape')))]),
          ]}
        />
      </Group>
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.name, value: draft.name, stepId: 'name' },
            { term: t.libraries, value: names.join(', ') || t.any, stepId: 'tapes' },
            ...(w.editing
              ? []
              : [
                  {
                    term: t.tapes,
                    value: draft.media.map((medium) => medium.name).join(', ') || t.none,
                    stepId: 'tapes',
                  },
                ]),
            { term: t.more, value: more.join(', ') || t.none, stepId: 'tapes' },
            { term: t.set, value: allocationWords(draft), stepId: 'set' },
            { term: t.retention, value: protectionWords(draft), stepId: 'retention' },
            { term: t.drives, value: draft.maxDrives, stepId: 'options' },
          ]}
        />
      </Group>
      <CommandLine label={w.editing ? jobTexts.summary.commandAnew : t.command} command={poolCommand(draft, names)} />
    </>
  );
};

const Body = ({ facts, props, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const { poolId } = props;
  const [taken] = useState(() => takenNamesOf(facts.pools, poolId));
  const submit = async (draft: PoolDraft): Promise<WizardResult> => {
    const settings = poolSettingsOf(draft);
    if (poolId === undefined) return await engine.pools.create({ settings });
    await engine.pools.update({ id: poolId, version: facts.version, settings });
    return { id: poolId };
  };
  return (
    <Wizard
      title={poolId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{ steps: () => poolSteps, problems: (draft) => poolProblems(draft, taken) }}
      initial={facts.initial}
      editing={poolId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
    >
      {(w) => {
        switch (w.step) {
          case 'name':
            return <NameFields w={w} />;
          case 'tapes':
            return <TapesPage w={w} libraries={facts.libraries} />;
          case 'set':
            return <SetPage w={w} />;
          case 'retention':
            return <RetentionPage w={w} />;
          case 'options':
            return <OptionsPage w={w} libraries={facts.libraries} />;
          default:
            return <SummaryPage w={w} libraries={facts.libraries} />;
        }
      }}
    </Wizard>
  );
};

/** Makes a media pool; with a pool's id, changes that one. */
const NewMediaPool = (props: Props): ReactElement => (
  <Opening
    title={texts.title}
    question={`wizard pool ${JSON.stringify(props.props)}`}
    ask={(engine, signal) => askFacts(engine, props.props, signal)}
    onClose={props.onClose}
  >
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default NewMediaPool;
