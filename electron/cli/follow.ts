import type { LogLine, SessionRow, SessionUpdate, TaskRow } from '../../shared/contract/sessions.ts';
import { formatBytes, formatDuration, formatRate } from '../../shared/domain/format.ts';
import { outcomeWords } from '../../shared/domain/outcomes.ts';
import type { CommandResult } from './command.ts';
import type { CliContext } from './context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { columns, oneLine } from './table.ts';

const cancelLimitMs = 60_000;

export interface Ending {
  session: SessionRow;
  tasks: TaskRow[];
  log: LogLine[];
  /** Ctrl+C ended the waiting; the session may go on. */
  left: boolean;
}

/**
 * Follows a session to its end, showing progress. Ctrl+C cancels it when this process holds the engine, and otherwise
 * only stops watching. `onLine` sees every log line once.
 */
export async function followSession(
  cli: CliContext,
  sessionId: string,
  onLine: (line: LogLine) => void = () => {},
): Promise<Ending> {
  const { engine, signal, terminal } = cli;
  const stop = new AbortController();
  let cancelled: Promise<unknown> | undefined;
  const onInterrupt = (): void => {
    if (!cli.ownsEngine) return stop.abort();
    terminal.note('Stopping the session; what is committed stays. Ctrl+C again leaves at once.');
    cancelled = engine.sessions.cancel({ id: sessionId }).catch(() => undefined);
    setTimeout(() => stop.abort(), cancelLimitMs).unref();
  };
  if (signal.aborted) onInterrupt();
  else signal.addEventListener('abort', onInterrupt, { once: true });

  const view = new SessionView();
  try {
    const updates = await engine.sessions.follow({ id: sessionId }, { signal: stop.signal });
    for await (const update of updates) {
      for (const line of view.take(update)) onLine(line);
      const { session } = view;
      if (!session) continue;
      if (session.result !== null) break;
      terminal.progress(progressLine(session));
    }
    // A stream may end between the last delta and the result.
    if (view.session?.result === null) view.replace(await engine.sessions.get({ id: sessionId })).forEach(onLine);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    terminal.progress(undefined);
    signal.removeEventListener('abort', onInterrupt);
    await cancelled;
  }
  const session = view.session ?? (await engine.sessions.get({ id: sessionId })).session;
  return { session, tasks: view.tasks, log: view.log, left: stop.signal.aborted };
}

/** A session put together from its snapshot and deltas. */
export class SessionView {
  session: SessionRow | undefined;
  readonly #tasks = new Map<string, TaskRow>();
  readonly #log = new Map<number, LogLine>();

  get tasks(): TaskRow[] {
    return [...this.#tasks.values()];
  }

  get log(): LogLine[] {
    return [...this.#log.values()].sort((a, b) => a.id - b.id);
  }

  /** Applies an update and returns the log lines that are new. */
  take(update: SessionUpdate): LogLine[] {
    if (update.type === 'snapshot') return this.replace(update);
    if (update.session) this.session = update.session;
    return this.#add(update.tasks ?? [], update.log ?? []);
  }

  replace(whole: { session: SessionRow; tasks: TaskRow[]; log: LogLine[] }): LogLine[] {
    this.session = whole.session;
    return this.#add(whole.tasks, whole.log);
  }

  #add(tasks: readonly TaskRow[], lines: readonly LogLine[]): LogLine[] {
    for (const task of tasks) this.#tasks.set(task.id, task);
    const fresh = lines.filter((line) => !this.#log.has(line.id));
    for (const line of lines) this.#log.set(line.id, line);
    return fresh;
  }
}

/** `nightly  42 %  1.2 GiB of 3 GiB  210 MiB/s  limited by source`. */
export function progressLine(session: SessionRow): string {
  const parts = [oneLine(session.name)];
  if (session.stateText) parts.push(oneLine(session.stateText));
  else if (session.state !== 'working') parts.push(session.state.replaceAll('-', ' '));
  if (session.progressPercent !== null) parts.push(`${Math.floor(session.progressPercent)} %`);
  if (session.totalBytes > 0) {
    parts.push(`${formatBytes(session.processedBytes)} of ${formatBytes(session.totalBytes)}`);
  }
  const rate = Math.max(session.readRateBps, session.writeRateBps);
  if (rate > 0) parts.push(formatRate(rate));
  if (session.bottleneck) parts.push(`limited by ${session.bottleneck}`);
  return parts.join('  ');
}

/** How a followed session is told: its result, its tasks where there are several, its warnings and errors. */
export function endingText(ending: Ending): string {
  const { session, tasks, log } = ending;
  if (session.result === null) {
    return `${oneLine(session.name)} goes on: reelvault session follow ${session.id}`;
  }
  const took = session.endedAt === null ? '' : ` in ${formatDuration(session.endedAt - session.startedAt)}`;
  const reason = session.reason ? `: ${oneLine(session.reason)}` : '';
  const lines = [`${oneLine(session.name)}: ${session.result}${took}${reason}`];
  if (session.processedBytes > 0) {
    const parts = [`${formatBytes(session.processedBytes)} processed`];
    if (session.transferredBytes > 0) parts.push(`${formatBytes(session.transferredBytes)} transferred`);
    if (session.meanRateBps > 0) parts.push(`${formatRate(session.meanRateBps)} on average`);
    if (session.bottleneck) parts.push(`limited by ${session.bottleneck}`);
    lines.push(`  ${parts.join(', ')}`);
  }
  if (tasks.length > 0) {
    lines.push(
      columns(
        tasks.map((task) => [
          `  ${oneLine(task.name)}`,
          task.outcome === null ? task.state : outcomeWords(task.outcome).toLowerCase(),
          task.processedBytes > 0 ? formatBytes(task.processedBytes) : '',
          oneLine(task.reason),
        ]),
      ),
    );
  }
  for (const line of log) {
    if (line.level !== 'warning' && line.level !== 'error') continue;
    lines.push(`  ${line.level}: ${oneLine(line.text)}`);
    if (line.advice) lines.push(`    ${oneLine(line.advice)}`);
  }
  return lines.join('\n');
}

export function endingExitCode(ending: Ending): ExitCode {
  if (ending.left) return exitCodes.cancelled;
  switch (ending.session.result) {
    case 'success':
      return exitCodes.ok;
    case 'warning':
      return exitCodes.warnings;
    case 'stopped':
      return exitCodes.cancelled;
    default:
      return exitCodes.failed;
  }
}

/**
 * The result of a command that started a session: with --wait its end, otherwise its id. `started` may be null where the
 * engine had nothing to do; `first` is what the command itself has to say.
 */
export async function sessionResult(
  cli: CliContext,
  sessionId: string | null,
  first: { text: string; json: Record<string, unknown> } = { text: '', json: {} },
): Promise<CommandResult> {
  if (sessionId === null) return { text: first.text, json: first.json };
  if (!cli.global.wait) {
    const text = [first.text, `Session ${sessionId} has started: reelvault session follow ${sessionId}`];
    return { text: text.filter(Boolean).join('\n'), json: { ...first.json, sessionId } };
  }
  const ending = await followSession(cli, sessionId);
  return {
    text: [first.text, endingText(ending)].filter(Boolean).join('\n'),
    json: { ...first.json, sessionId, session: ending.session, tasks: ending.tasks, log: ending.log },
    exitCode: endingExitCode(ending),
  };
}
