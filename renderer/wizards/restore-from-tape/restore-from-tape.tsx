import { type ReactElement, useState } from 'react';
import type { PointRow } from '../../../shared/contract/backups.ts';
import type { RequiredTape } from '../../../shared/contract/restores.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { ActionButton, Group, Lines, Note, ProblemLine, Row, Text, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { type Answer, type Engine, useAnswer, useEngine } from '../engine.ts';
import { RepositoryField, useRepositories } from '../job-pages/repository-field.tsx';
import { RoomNote } from '../job-pages/room-note.tsx';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { counted, moment, size } from '../words.ts';
import {
  bytesToRead,
  machinesOf,
  pointIdsOf,
  restorableIds,
  restoreCommand,
  restoreProblems,
  restoreSentences,
  restoreSteps,
  type TapePlan,
  type TapeRestoreDraft,
  withMachines,
} from './draft.ts';
import { askNewest, SourcePage } from './source-page.tsx';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'restore-from-tape'>;
type Handle = WizardHandle<TapeRestoreDraft>;

interface Facts {
  initial: TapeRestoreDraft;
  /** Restore points asked for that no known tape holds. */
  gone: number;
}

/** How many points are asked for at once: each may have a copy in a few media pools. */
const askedAtOnce = 200;

/** The points asked for, by the id of the copy or of the point; of several copies on tape, one. */
const askPoints = async (engine: Engine, ids: readonly string[], signal: AbortSignal): Promise<PointRow[]> => {
  const wanted = new Set(ids);
  const found = new Map<string, PointRow>();
  for (let from = 0; from < ids.length; from += askedAtOnce) {
    const page = await engine.backups.points(
      { origin: 'tape', ids: ids.slice(from, from + askedAtOnce), limit: 1000 },
      { signal },
    );
    for (const row of page.rows) {
      const id = wanted.has(row.id) ? row.id : row.pointId;
      if (wanted.has(id) && !found.has(id)) found.set(id, row);
    }
  }
  return [...found.values()];
};

const askFacts = async (engine: Engine, props: Props['props'], signal: AbortSignal): Promise<Facts> => {
  const [points, machines] = await Promise.all([
    askPoints(engine, props.pointIds ?? [], signal),
    askNewest(engine, [...new Set(props.machineIds)], signal),
  ]);
  return {
    initial: { machines: withMachines(machinesOf(points), machines), repositoryId: '' },
    gone: new Set(props.pointIds).size - points.length,
  };
};

const TapesPage = ({ w, plan }: { w: Handle; plan: Answer<TapePlan> }): ReactElement => {
  const t = texts.tapes;
  const said = plan.value;
  if (said === null) {
    return plan.failure === null ? (
      <Working label={t.working} />
    ) : (
      <Note intent="error">
        {plan.failure} <ActionButton label={t.again} onPress={plan.again} />
      </Note>
    );
  }
  const missing = said.tapes.filter((tape) => !tape.available);
  const lost = said.points.filter((point) => !point.restorable);
  return (
    <div data-field="plan" style={{ display: 'contents' }}>
      {missing.length === 0 ? (
        <Note intent="success">{t.ready}</Note>
      ) : (
        <Note intent="warning">{t.missing(missing.map((tape) => t.place(tape.barcode, tape.where)).join(', '))}</Note>
      )}
      <ListTable
        label={t.list}
        columns={[
          { id: 'order', label: t.order, align: 'end', width: '44px', renderCell: (tape: RequiredTape) => tape.order },
          { id: 'tape', label: t.tape, width: '100px', renderCell: (tape) => tape.barcode },
          { id: 'where', label: t.where, renderCell: (tape) => tape.where },
          { id: 'available', label: t.available, renderCell: (tape) => (tape.available ? t.yes : t.bring) },
          {
            id: 'set',
            label: t.set,
            renderCell: (tape) => (tape.setName === null ? '' : `${tape.setName}, ${tape.sequence ?? ''}`),
          },
          { id: 'bytes', label: t.bytes, align: 'end', renderCell: (tape) => size(tape.bytes) },
        ]}
        rows={said.tapes}
        rowId={(tape) => tape.mediaId}
        rowName={(tape) => tape.barcode}
        empty={t.none}
        maxHeightPx={260}
      />
      <Row>
        <Text>{t.total(size(bytesToRead(said)), counted(said.tapes.length, say('tape')), size(said.bytes))}</Text>
        <ActionButton label={t.again} disabled={plan.asking} onPress={plan.again} />
      </Row>
      <ProblemLine name="plan" problem={w.problemIn('plan')} />
      {lost.length === 0 ? null : (
        <Note intent="warning">
          {t.lost}
          <Lines lines={lost.map((point) => t.lostLine(point.machineName, moment(point.createdAt), point.reason))} />
        </Note>
      )}
    </div>
  );
};

const SummaryPage = ({ w, plan, repositoryName }: { w: Handle; plan: TapePlan | null; repositoryName: string }) => {
  const t = texts.summary;
  const points = w.draft.machines.flatMap((machine) =>
    machine.points.map((point) => `${machine.name} (${moment(point.createdAt)})`),
  );
  return (
    <>
      {plan === null ? (
        <Working label={texts.tapes.working} />
      ) : (
        <Group title={t.happens}>
          <Lines lines={restoreSentences(w.draft, plan, repositoryName)} />
        </Group>
      )}
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.points, value: points.join(', '), stepId: 'source' },
            { term: t.repository, value: repositoryName, stepId: 'destination' },
          ]}
        />
      </Group>
      {plan === null ? null : <CommandLine label={t.command} command={restoreCommand(w.draft, plan, repositoryName)} />}
    </>
  );
};

const Body = ({ facts, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const repositories = useRepositories();
  const [draft, setDraft] = useState(facts.initial);
  const pointIds = pointIdsOf(draft);
  const plan: Answer<TapePlan> = useAnswer(
    pointIds.length === 0 ? null : `wizard plan ${pointIds.join(' ')}`,
    ['media', 'libraries', 'backups'],
    (engine, signal) => engine.restores.planFromTape({ pointIds }, { signal }),
  );
  const repositoryOf = (id: string) => repositories.value?.find((row) => row.id === id);
  const submit = async (finished: TapeRestoreDraft): Promise<WizardResult> => {
    // The plan is asked for again: the tapes may have moved since the page was looked at.
    const now = await engine.restores.planFromTape({ pointIds: pointIdsOf(finished) });
    return await engine.restores.fromTape({
      pointIds: restorableIds(finished, now),
      repositoryId: finished.repositoryId,
    });
  };
  return (
    <Wizard
      title={texts.title}
      rules={{
        steps: () => restoreSteps,
        problems: (one) => restoreProblems(one, plan.value, repositoryOf(one.repositoryId)?.freeBytes ?? null),
      }}
      initial={facts.initial}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
      onDraft={setDraft}
    >
      {(w) => {
        switch (w.step) {
          case 'source':
            return <SourcePage w={w} gone={facts.gone} />;
          case 'tapes':
            return <TapesPage w={w} plan={plan} />;
          case 'destination':
            return (
              <>
                <RepositoryField
                  binding={w.bind('repositoryId')}
                  value={w.draft.repositoryId}
                  repositories={repositories}
                  onChange={(repositoryId) => w.update({ repositoryId })}
                />
                {plan.value === null || repositoryOf(w.draft.repositoryId) === undefined ? null : (
                  <RoomNote
                    neededBytes={plan.value.bytes}
                    freeBytes={repositoryOf(w.draft.repositoryId)?.freeBytes ?? null}
                  />
                )}
              </>
            );
          default:
            return (
              <SummaryPage w={w} plan={plan.value} repositoryName={repositoryOf(w.draft.repositoryId)?.name ?? ''} />
            );
        }
      }}
    </Wizard>
  );
};

/** Brings backups back from tape to a repository, naming every tape before anything moves. */
const RestoreFromTape = (props: Props): ReactElement => (
  <Opening
    title={texts.title}
    question={`wizard from tape ${JSON.stringify(props.props)}`}
    ask={(engine, signal) => askFacts(engine, props.props, signal)}
    onClose={props.onClose}
  >
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default RestoreFromTape;
