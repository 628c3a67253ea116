import type { LogLine, SessionRow, SessionUpdate, TaskRow } from '../../shared/contract/sessions.ts';

export interface Sample {
  at: number;
  readBps: number;
  writeBps: number;
}

/** A session as far as it was followed. */
export interface SessionFeed {
  session: SessionRow;
  tasks: TaskRow[];
  log: LogLine[];
  throughput: Sample[];
}

/** Older lines and samples than these leave the window; the engine keeps them all. */
const logLimit = 5000;
const sampleLimit = 3600;

/** The feed after an update. Deltas that come before any snapshot are of no use and change nothing. */
export function applyUpdate(feed: SessionFeed | null, update: SessionUpdate): SessionFeed | null {
  if (update.type === 'snapshot') {
    const { session, tasks, log, throughput } = update;
    return { session, tasks, log: log.slice(-logLimit), throughput: throughput.slice(-sampleLimit) };
  }
  if (feed === null) return null;
  return {
    session: update.session ?? feed.session,
    tasks: update.tasks === undefined ? feed.tasks : mergeTasks(feed.tasks, update.tasks),
    log: update.log === undefined ? feed.log : appendLines(feed.log, update.log),
    throughput: update.throughput === undefined ? feed.throughput : appendSamples(feed.throughput, update.throughput),
  };
}

function mergeTasks(old: readonly TaskRow[], changed: readonly TaskRow[]): TaskRow[] {
  const byId = new Map(changed.map((task) => [task.id, task]));
  const known = new Set(old.map((task) => task.id));
  return [...old.map((task) => byId.get(task.id) ?? task), ...changed.filter((task) => !known.has(task.id))];
}

/** A line may come again, finished: with its duration, or another level. */
function appendLines(old: readonly LogLine[], changed: readonly LogLine[]): LogLine[] {
  const byId = new Map(changed.map((line) => [line.id, line]));
  const known = new Set(old.map((line) => line.id));
  return [...old.map((line) => byId.get(line.id) ?? line), ...changed.filter((line) => !known.has(line.id))].slice(
    -logLimit,
  );
}

function appendSamples(old: readonly Sample[], fresh: readonly Sample[]): Sample[] {
  const lastAt = old.at(-1)?.at ?? -Infinity;
  return [...old, ...fresh.filter((sample) => sample.at > lastAt)].slice(-sampleLimit);
}
