import type { OutcomeKind } from '../../../shared/domain/outcomes.ts';
import type {
  LogLevel,
  Progress,
  SessionKind,
  SessionResult,
  SessionState,
  TaskState,
  ThroughputSample,
} from '../../../shared/domain/session-types.ts';
import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';
import { queryPage } from '../database/page-query.ts';
import type { PageRequest, PageResult } from '../database/paging.ts';

export interface SessionRecord extends Progress {
  id: string;
  kind: SessionKind;
  name: string;
  jobId: string | null;
  /** The session that began this one. */
  parentId: string | null;
  state: SessionState;
  stateText: string | null;
  result: SessionResult | null;
  reason: string | null;
  startedAt: number;
  endedAt: number | null;
  taskCount: number;
  progressPercent: number | null;
}

export interface TaskRecord extends Progress {
  id: string;
  name: string;
  state: TaskState;
  /** Null until it is over. */
  outcome: OutcomeKind | null;
  reason: string | null;
  startedAt: number | null;
  endedAt: number | null;
}

export interface LogRecord {
  id: number;
  taskId: string | null;
  at: number;
  level: LogLevel;
  text: string;
  advice: string | null;
  durationMs: number | null;
}

export interface SessionFilter extends PageRequest {
  jobId?: string | undefined;
  sinceMs?: number | undefined;
  running?: boolean | undefined;
}

interface SessionRowSql {
  id: string;
  kind: SessionKind;
  name: string;
  job_id: string | null;
  parent_id: string | null;
  state: SessionState;
  state_text: string | null;
  result: SessionResult | null;
  reason: string | null;
  started_at: number;
  ended_at: number | null;
  task_count: number;
  progress_json: string;
}

interface TaskRowSql {
  id: string;
  name: string;
  state: TaskState;
  outcome: OutcomeKind | null;
  reason: string | null;
  started_at: number | null;
  ended_at: number | null;
  progress_json: string;
}

interface LogRowSql {
  id: number;
  task_id: string | null;
  at: number;
  level: LogLevel;
  text: string;
  advice: string | null;
  duration_ms: number | null;
}

export function percentOf(progress: Progress): number | null {
  return progress.totalBytes > 0 ? Math.min(100, (100 * progress.processedBytes) / progress.totalBytes) : null;
}

export type SessionStore = Surface<SqlSessionStore>;

/**
 * Sessions, their tasks and log lines as rows. Progress of a running session is written seldom; that it began and how it
 * ended survives a power loss at once, what lies between with the next thing that does. Each write is a unit of work of its
 * own: a session reports outside of all others.
 */
export class SqlSessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** To be followed by {@link flushed} before the session does anything. */
  insert(session: SessionRecord, who: string): void {
    const row = {
      id: session.id,
      kind: session.kind,
      name: session.name,
      job_id: session.jobId,
      parent_id: session.parentId,
      who,
      state: session.state,
      started_at: session.startedAt,
      progress_json: '{}',
    };
    this.#database.later((work) => this.#database.insert(work, 'sessions', row));
  }

  /** Rows of sessions that began or ended survive a power loss. */
  flushed(): Promise<void> {
    return this.#database.flushed();
  }

  /** The end of a session is to be followed by {@link flushed} before anybody is told. */
  save(session: SessionRecord, throughput: ThroughputSample[]): void {
    const row = {
      state: session.state,
      state_text: session.stateText,
      result: session.result,
      reason: session.reason,
      ended_at: session.endedAt,
      task_count: session.taskCount,
      progress_json: JSON.stringify(progressOf(session)),
      throughput_json: JSON.stringify(throughput),
    };
    const save = (work: UnitOfWork): boolean => this.#database.update(work, 'sessions', session.id, row);
    if (session.endedAt === null) this.#database.lazily(save);
    else this.#database.later(save);
  }

  saveTask(sessionId: string, position: number, task: TaskRecord): void {
    const row = {
      id: task.id,
      session_id: sessionId,
      position,
      name: task.name,
      state: task.state,
      outcome: task.outcome,
      reason: task.reason,
      started_at: task.startedAt,
      ended_at: task.endedAt,
      progress_json: JSON.stringify(progressOf(task)),
    };
    this.#database.lazily((work) => this.#database.insert(work, 'tasks', row, 'replace'));
  }

  addLog(sessionId: string, line: Omit<LogRecord, 'id'>): LogRecord {
    const row = {
      session_id: sessionId,
      task_id: line.taskId,
      at: line.at,
      level: line.level,
      text: line.text,
      advice: line.advice,
      duration_ms: line.durationMs,
    };
    const id = this.#database.lazily((work) => this.#database.insert(work, 'log_lines', row));
    return { ...line, id };
  }

  get(id: string): SessionRecord | undefined {
    const row = this.#database.get<SessionRowSql>('SELECT * FROM sessions WHERE id = ?', id);
    return row && fromSql(row);
  }

  throughput(id: string): ThroughputSample[] {
    const row = this.#database.get<{ throughput_json: string }>(
      'SELECT throughput_json FROM sessions WHERE id = ?',
      id,
    );
    return row ? (JSON.parse(row.throughput_json) as ThroughputSample[]) : [];
  }

  tasks(sessionId: string): TaskRecord[] {
    return this.#database
      .all<TaskRowSql>('SELECT * FROM tasks WHERE session_id = ? ORDER BY position', sessionId)
      .map((row) => ({
        ...(JSON.parse(row.progress_json) as Progress),
        id: row.id,
        name: row.name,
        state: row.state,
        outcome: row.outcome,
        reason: row.reason,
        startedAt: row.started_at,
        endedAt: row.ended_at,
      }));
  }

  log(sessionId: string, limit = 5000): LogRecord[] {
    return this.#database
      .all<LogRowSql>('SELECT * FROM log_lines WHERE session_id = ? ORDER BY id DESC LIMIT ?', sessionId, limit)
      .reverse()
      .map((row) => ({
        id: row.id,
        taskId: row.task_id,
        at: row.at,
        level: row.level,
        text: row.text,
        advice: row.advice,
        durationMs: row.duration_ms,
      }));
  }

  page(filter: SessionFilter): PageResult<SessionRecord> {
    const where = [];
    if (filter.jobId !== undefined) where.push({ sql: 'job_id = ?', values: [filter.jobId] });
    if (filter.sinceMs !== undefined) {
      where.push({ sql: 'started_at >= ? OR ended_at IS NULL', values: [filter.sinceMs] });
    }
    if (filter.running !== undefined)
      where.push({ sql: `ended_at IS ${filter.running ? '' : 'NOT '}NULL`, values: [] });
    const result = queryPage<SessionRowSql>(
      this.#database,
      {
        from: 'sessions',
        select: '*',
        columns: {
          name: 'name COLLATE NOCASE',
          kind: 'kind',
          state: 'state',
          result: 'result',
          startedAt: 'started_at',
          endedAt: 'ended_at',
          transferredBytes: "json_extract(progress_json, '$.transferredBytes')",
          processedBytes: "json_extract(progress_json, '$.processedBytes')",
          durationMs: 'coalesce(ended_at, 9007199254740991) - started_at',
        },
        searched: ['name', 'reason'],
        defaultSort: { by: 'startedAt', direction: 'desc' },
        tieBreak: 'id',
        where,
      },
      filter,
    );
    return { rows: result.rows.map(fromSql), total: result.total };
  }

  /** The session that began it all, and everything that came of it, parents before children; at most `limit`. */
  tree(id: string, limit: number): SessionRecord[] {
    return this.#database
      .all<SessionRowSql>(
        `WITH RECURSIVE
           up (id, parent_id) AS (
             SELECT id, parent_id FROM sessions WHERE id = ?
             UNION SELECT s.id, s.parent_id FROM sessions s JOIN up ON s.id = up.parent_id),
           down (id, depth) AS (
             SELECT id, 0 FROM up WHERE parent_id IS NULL
             UNION SELECT s.id, depth + 1 FROM sessions s JOIN down ON s.parent_id = down.id LIMIT ${Math.floor(limit)})
         SELECT s.* FROM sessions s JOIN down ON down.id = s.id ORDER BY down.depth, s.started_at, s.id`,
        id,
      )
      .map(fromSql);
  }

  countsSince(sinceMs: number): Record<string, number> {
    const rows = this.#database.all<{ result: string | null; n: number }>(
      'SELECT result, count(*) AS n FROM sessions WHERE started_at >= ? OR ended_at IS NULL GROUP BY result',
      sinceMs,
    );
    return Object.fromEntries(rows.map((row) => [row.result ?? 'running', row.n]));
  }

  unfinished(): SessionRecord[] {
    return this.#database.all<SessionRowSql>('SELECT * FROM sessions WHERE ended_at IS NULL').map(fromSql);
  }

  /** Closes the open tasks of a session that died. */
  closeTasks(sessionId: string, outcome: OutcomeKind, reason: string, now: number): void {
    this.#database.now((work) =>
      this.#database.run(
        work,
        `UPDATE tasks SET state = 'done', outcome = ?, reason = ?, ended_at = ? WHERE session_id = ? AND state <> 'done'`,
        outcome,
        reason,
        now,
        sessionId,
      ),
    );
  }

  /** Forgets finished sessions older than this, at most `limit` at a time, so that no single statement takes long. */
  removeBefore(beforeMs: number, limit: number): number {
    return this.#database.now((work) =>
      this.#database.run(
        work,
        `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < ? LIMIT ?)
           AND id NOT IN (SELECT last_session_id FROM jobs WHERE last_session_id IS NOT NULL)`,
        beforeMs,
        limit,
      ),
    );
  }
}

function progressOf(record: Progress): Progress {
  const { totalBytes, processedBytes, readBytes, transferredBytes } = record;
  const { readRateBps, writeRateBps, meanRateBps, bottleneck } = record;
  return {
    totalBytes,
    processedBytes,
    readBytes,
    transferredBytes,
    readRateBps,
    writeRateBps,
    meanRateBps,
    bottleneck,
  };
}

function fromSql(row: SessionRowSql): SessionRecord {
  const stored = JSON.parse(row.progress_json) as Partial<Progress>;
  const progress: Progress = {
    totalBytes: stored.totalBytes ?? 0,
    processedBytes: stored.processedBytes ?? 0,
    readBytes: stored.readBytes ?? 0,
    transferredBytes: stored.transferredBytes ?? 0,
    readRateBps: stored.readRateBps ?? 0,
    writeRateBps: stored.writeRateBps ?? 0,
    meanRateBps: stored.meanRateBps ?? 0,
    bottleneck: stored.bottleneck ?? null,
  };
  return {
    ...progress,
    id: row.id,
    kind: row.kind,
    name: row.name,
    jobId: row.job_id,
    parentId: row.parent_id,
    state: row.state,
    stateText: row.state_text,
    result: row.result,
    reason: row.reason,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    taskCount: row.task_count,
    progressPercent: percentOf(progress),
  };
}
