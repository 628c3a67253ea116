import { type ReactElement, useMemo, useState } from 'react';
import type { LogLine, SessionRow, TaskRow } from '../../../shared/contract/sessions.ts';
import { formatBytes, formatDuration, formatRate } from '../../../shared/domain/format.ts';
import { resultOf } from '../../../shared/domain/outcomes.ts';
import { act } from '../../commands/acting.ts';
import { client, useConnection } from '../../state/connection.ts';
import { note } from '../../state/notes.ts';
import type { SessionFeed } from '../../state/session-feed.ts';
import { closeSession, openSession } from '../../state/session-windows.ts';
import { useQuery } from '../../state/query.ts';
import { useSession } from '../../state/use-session.ts';
import { bottleneckWords, connectionTexts, levelWords, sessionKindWords, sessionTexts } from '../../texts.ts';
import { Chart } from '../../ui/chart.tsx';
import { DetailsPane, type Fact, FactList, QuietLine } from '../../ui/details-pane.tsx';
import { LogList, type LogEntry } from '../../ui/log-list.tsx';
import { SmallButton } from '../../ui/menu-button.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { SessionFrame } from '../../ui/session-frame.tsx';
import { SessionTree } from '../../ui/session-tree.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { exactBytes, formatClock, formatTime, formatUtc } from '../../ui/times.ts';
import { WindowDialog } from '../../ui/window-dialog.tsx';
import { movesData, shownSession } from '../states.ts';
import { TaskList } from './task-list.tsx';
import { useNow } from './use-now.ts';
import { say } from '../../say.ts';

const levelShapes = { info: 'info', success: 'success', warning: 'warning', error: 'failed' } as const;

function entryOf(line: LogLine): LogEntry {
  return {
    id: line.id,
    shape: levelShapes[line.level],
    level: levelWords[line.level],
    time: formatClock(line.at),
    timeHint: formatUtc(line.at),
    text: line.text,
    advice: line.advice,
    duration: line.durationMs === null ? '' : formatDuration(line.durationMs),
  };
}

function logText(session: SessionRow, log: readonly LogLine[]): string {
  const lines = log.map(
    (line) =>
      `${formatUtc(line.at)}\t${levelWords[line.level]}\t${line.text}${line.advice === null ? '' : ` [${line.advice}]`}`,
  );
  return [`${session.name} (${session.id})`, ...lines].join('\n');
}

/** Time left at the mean rate of the session, where that means anything. */
function timeLeft(session: SessionRow): string | null {
  if (
    !movesData(session) ||
    session.state !== 'working' ||
    session.meanRateBps <= 0 ||
    session.totalBytes <= session.processedBytes
  )
    return null;
  return say`about ${formatDuration(((session.totalBytes - session.processedBytes) / session.meanRateBps) * 1000)}`;
}

function dataFacts(session: SessionRow): Fact[] {
  const whole = session.totalBytes > 0 ? say` of ${formatBytes(session.totalBytes)}` : '';
  return [
    {
      label: say('Processed'),
      value: `${formatBytes(session.processedBytes)}${whole}`,
      hint: exactBytes(session.processedBytes),
    },
    { label: say('Read'), value: formatBytes(session.readBytes), hint: exactBytes(session.readBytes) },
    { label: say('Written'), value: formatBytes(session.transferredBytes), hint: exactBytes(session.transferredBytes) },
  ];
}

/** Sessions that move no data count steps. */
function stepFact(session: SessionRow): Fact | null {
  return session.totalBytes > 0
    ? {
        label: say('Steps'),
        value: say`${session.processedBytes.toLocaleString('en')} of ${session.totalBytes.toLocaleString('en')}`,
      }
    : null;
}

const useFacts = (session: SessionRow, tasks: readonly TaskRow[]): [ReactElement, ReactElement] => {
  const now = useNow(session.endedAt === null);
  const count = (result: SessionRow['result']): number =>
    tasks.filter((task) => task.outcome !== null && resultOf(task.outcome) === result).length;
  return [
    <FactList
      key="summary"
      facts={[
        { label: say('Type'), value: sessionKindWords[session.kind] },
        { label: say('Started'), value: formatTime(session.startedAt), hint: formatUtc(session.startedAt) },
        { label: say('Duration'), value: formatDuration((session.endedAt ?? now) - session.startedAt) },
        { label: say('Time left'), value: timeLeft(session) },
        {
          label: say('Mean rate'),
          value: movesData(session) && session.meanRateBps > 0 ? formatRate(session.meanRateBps) : null,
        },
        session.bottleneck === null ? null : { label: say('Bottleneck'), value: bottleneckWords[session.bottleneck] },
      ]}
    />,
    <FactList
      key="data"
      facts={[
        ...(movesData(session) ? dataFacts(session) : [stepFact(session)]),
        { label: say('Success'), value: String(count('success')) },
        { label: say('Warnings'), value: String(count('warning')) },
        { label: say('Errors'), value: String(count('failed')) },
      ]}
    />,
  ];
};

const Throughput = ({ samples }: { samples: SessionFeed['throughput'] }): ReactElement => {
  const times = useMemo(() => samples.map((sample) => sample.at), [samples]);
  const series = useMemo(
    () => [
      { label: sessionTexts.read, values: samples.map((sample) => sample.readBps) },
      { label: sessionTexts.written, values: samples.map((sample) => sample.writeBps), dashed: true },
    ],
    [samples],
  );
  const last = samples.at(-1);
  if (last === undefined) return <QuietLine>{sessionTexts.noSamples}</QuietLine>;
  const peak = samples.reduce((most, sample) => Math.max(most, sample.readBps), 0);
  return (
    <Chart
      label={sessionTexts.throughput}
      text={sessionTexts.chartText(formatRate(last.readBps), formatRate(last.writeBps), formatRate(peak))}
      times={times}
      series={series}
      formatValue={formatRate}
    />
  );
};

/** The tasks; and where this session began others or was begun by one, the whole tree of them. */
const Parts = (props: {
  session: SessionRow;
  tasks: readonly TaskRow[];
  taskId: string | null;
  onTask: (id: string | null) => void;
}): ReactElement => {
  const { session } = props;
  const [tab, setTab] = useState('tasks');
  const { data: tree } = useQuery(`session-tree/${session.id}`, ['sessions'], (signal) =>
    client.sessions.tree({ id: session.id }, { signal }),
  );
  const tasks = (
    <TaskList tasks={props.tasks} withData={movesData(session)} selectedId={props.taskId} onSelect={props.onTask} />
  );
  if (tree === null || tree.length < 2) return tasks;
  return (
    <DetailsPane
      title={sessionTexts.parts}
      selectedTab={tab}
      onTab={setTab}
      tabs={[
        { id: 'tasks', label: sessionTexts.tasks, content: tasks },
        {
          id: 'tree',
          label: sessionTexts.tree(tree.length),
          content: (
            <SessionTree
              label={sessionTexts.treeLabel}
              currentId={session.id}
              onOpen={openSession}
              nodes={tree.map((node) => ({
                id: node.id,
                parentId: node.parentId,
                name: node.name,
                remark: `${sessionKindWords[node.kind]}, ${formatTime(node.startedAt)}`,
                state: shownSession(node),
              }))}
            />
          ),
        },
      ]}
    />
  );
};

const progressTone = { success: 'success', warning: 'warning', failed: 'failed', stopped: 'normal' } as const;

const Content = ({ feed }: { feed: SessionFeed }): ReactElement => {
  const { session, tasks, log } = feed;
  const [taskId, setTaskId] = useState<string | null>(null);
  const task = tasks.find((other) => other.id === taskId);
  const lines = useMemo(
    () => (task === undefined ? log : log.filter((line) => line.taskId === task.id)).map(entryOf),
    [log, task],
  );
  const facts = useFacts(session, tasks);
  return (
    <SessionFrame
      state={<StatusIcon {...shownSession(session)} />}
      progress={
        <ProgressBar
          tall
          label={sessionTexts.progress}
          percent={session.progressPercent}
          tone={session.result === null ? 'normal' : progressTone[session.result]}
        />
      }
      reason={session.result === null ? session.stateText : session.reason}
      facts={facts}
      chart={
        movesData(session) ? (
          <Throughput samples={feed.throughput} />
        ) : (
          <QuietLine>{sessionTexts.movesNothing}</QuietLine>
        )
      }
      tasks={<Parts session={session} tasks={tasks} taskId={task?.id ?? null} onTask={setTaskId} />}
      logTitle={task === undefined ? sessionTexts.log : sessionTexts.linesOf(task.name)}
      logTools={
        <>
          {task === undefined ? null : <SmallButton label={sessionTexts.allLines} run={() => setTaskId(null)} />}
          <SmallButton
            label={sessionTexts.copyLog}
            icon="copy"
            iconOnly
            run={() => {
              navigator.clipboard.writeText(logText(session, log)).then(
                () => note('success', sessionTexts.copied),
                () => note('warning', sessionTexts.notCopied),
              );
            }}
          />
        </>
      }
      log={
        <LogList label={sessionTexts.log} entries={lines} adviceLabel={sessionTexts.advice} none={sessionTexts.noLog} />
      }
      splitterLabel={sessionTexts.split}
    />
  );
};

/** How many runs of a job are gone through with the buttons. */
const runsLimit = 1000;

/** The runs of the same job before and after this one. */
const OtherRuns = ({ session }: { session: SessionRow }): ReactElement | null => {
  const { jobId } = session;
  const { data } = useQuery(jobId === null ? null : `session-runs/${jobId}`, ['sessions'], (signal) =>
    client.sessions.list({ jobId: jobId ?? '', limit: runsLimit }, { signal }),
  );
  const at = data?.rows.findIndex((row) => row.id === session.id) ?? -1;
  if (data === null || at < 0 || data.rows.length < 2) return null;
  const [earlier, later] = [data.rows[at + 1], data.rows[at - 1]];
  return (
    <>
      <SmallButton
        label={sessionTexts.earlierRun}
        disabled={earlier === undefined}
        run={() => openSession(earlier?.id ?? session.id)}
      />
      <SmallButton
        label={sessionTexts.laterRun}
        disabled={later === undefined}
        run={() => openSession(later?.id ?? session.id)}
      />
      <span>{sessionTexts.runOf(data.total - at, data.total)}</span>
    </>
  );
};

/** The one window for every session: progress, rates, bottleneck, graph, tasks, log, and what to do about it. */
const SessionWindow = ({ sessionId }: { sessionId: string }): ReactElement => {
  const { feed, problem } = useSession(sessionId);
  const away = useConnection((state) => state.phase !== 'online');
  const running = feed !== null && feed.session.endedAt === null;
  return (
    <WindowDialog
      title={sessionTexts.window(feed?.session.name ?? '…')}
      closeLabel={sessionTexts.close}
      onClose={closeSession}
      footStart={
        <>
          {away ? <StatusIcon shape="offline" word={connectionTexts.lost} /> : null}
          {feed === null ? null : <OtherRuns session={feed.session} />}
        </>
      }
      actions={
        running
          ? [
              {
                label: sessionTexts.stop,
                disabled: away || feed.session.state === 'stopping',
                run: () =>
                  act(client.sessions.cancel({ id: sessionId }), sessionTexts.stopped, sessionTexts.notStopped),
              },
            ]
          : []
      }
    >
      {feed === null ? <QuietLine>{problem?.message ?? sessionTexts.loading}</QuietLine> : <Content feed={feed} />}
    </WindowDialog>
  );
};
export default SessionWindow;
