import { type ReactElement, useMemo } from 'react';
import type { TaskRow } from '../../../shared/contract/sessions.ts';
import { formatRate } from '../../../shared/domain/format.ts';
import { bottleneckWords, sessionTexts, taskStateWords } from '../../texts.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { nameColumn, sizeColumn, textColumn } from '../column-kinds.tsx';
import { LocalList } from '../local-list.tsx';
import { type Shown, shownOutcome } from '../states.ts';
import { say } from '../../say.ts';

function shownTask(task: TaskRow): Shown {
  if (task.outcome !== null) return { ...shownOutcome(task.outcome), hint: task.reason };
  return { shape: task.state === 'pending' ? 'none' : 'running', word: taskStateWords[task.state] };
}

function percentOf(task: TaskRow): number | null {
  return task.totalBytes > 0 ? (task.processedBytes / task.totalBytes) * 100 : null;
}

const stateColumns: readonly GridColumn<TaskRow>[] = [
  nameColumn('name', say('Task'), (task) => task.name, { widthPx: 150 }),
  {
    id: 'state',
    header: say('Status'),
    widthPx: 120,
    text: (task) => shownTask(task).word,
    hint: (task) => shownTask(task).hint ?? shownTask(task).word,
    render: (task) =>
      task.state === 'working' && percentOf(task) !== null ? (
        <ProgressBar label={say`${task.name}: progress`} percent={percentOf(task)} />
      ) : (
        <StatusIcon {...shownTask(task)} />
      ),
  },
];

const dataColumns: readonly GridColumn<TaskRow>[] = [
  sizeColumn('processedBytes', say('Processed'), (task) => task.processedBytes, { widthPx: 84 }),
  sizeColumn('transferredBytes', say('Written'), (task) => task.transferredBytes, { widthPx: 84 }),
  textColumn('meanRateBps', say('Rate'), (task) => (task.meanRateBps > 0 ? formatRate(task.meanRateBps) : ''), {
    widthPx: 90,
  }),
  textColumn(
    'bottleneck',
    say('Bottleneck'),
    (task) => (task.bottleneck === null ? '' : bottleneckWords[task.bottleneck]),
    {
      widthPx: 90,
    },
  ),
];

const reasonColumn = textColumn<TaskRow>('reason', say('Reason'), (task) => task.reason, {
  widthPx: 260,
}) satisfies GridColumn<TaskRow>;

const allColumns = [...stateColumns, ...dataColumns, reasonColumn];
const columnsWithoutData = [...stateColumns, reasonColumn];

/** The parts of a session: machines, tapes. Choosing one shows its part of the log. */
export const TaskList = (props: {
  tasks: readonly TaskRow[];
  /** Whether its bytes are bytes. */
  withData: boolean;
  selectedId: string | null;
  onSelect: (id: string | null) => void;
}): ReactElement => {
  const { tasks, selectedId } = props;
  const selection = useMemo(
    () => new Map(tasks.filter((task) => task.id === selectedId).map((task) => [task.id, task])),
    [tasks, selectedId],
  );
  return (
    <LocalList
      title={sessionTexts.tasks}
      layoutKey={props.withData ? 'tasks' : 'tasks-without-data'}
      columns={props.withData ? allColumns : columnsWithoutData}
      rows={tasks}
      idOf={(task) => task.id}
      selection={selection}
      onSelection={(next) => props.onSelect([...next.keys()].at(-1) ?? null)}
      searchable={tasks.length > 10}
      empty={<EmptyState icon="job" title={sessionTexts.noTasks} text={sessionTexts.noTasksText} actions={[]} />}
    />
  );
};
