import type { JobKind, JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { SessionResult } from '../../../shared/domain/session-types.ts';
import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';

export interface JobRecord {
  id: string;
  kind: JobKind;
  name: string;
  enabled: boolean;
  settings: JobSettings;
  nextRunAt: number | null;
  lastSessionId: string | null;
  lastResult: SessionResult | null;
  lastRunAt: number | null;
}

interface JobSql {
  id: string;
  kind: JobKind;
  name: string;
  enabled: number;
  settings_json: string;
  next_run_at: number | null;
  last_session_id: string | null;
  last_result: SessionResult | null;
  last_run_at: number | null;
}

export type JobStore = Surface<SqlJobStore>;

/** Jobs as rows: stored intent and the outcome of the last run. */
export class SqlJobStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): JobRecord[] {
    return this.#database.all<JobSql>('SELECT * FROM jobs ORDER BY name COLLATE NOCASE').map(fromSql);
  }

  find(id: string): JobRecord | undefined {
    const row = this.#database.get<JobSql>('SELECT * FROM jobs WHERE id = ?', id);
    return row && fromSql(row);
  }

  insert(work: UnitOfWork, id: string, settings: JobSettings, now: number, { enabled = true } = {}): void {
    const row = { id, ...columns(settings), enabled: enabled ? 1 : 0, created_at: now, updated_at: now };
    this.#database.insert(work, 'jobs', row);
  }

  update(work: UnitOfWork, id: string, settings: JobSettings, now: number): void {
    this.#database.update(work, 'jobs', id, { ...columns(settings), updated_at: now });
  }

  remove(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM jobs WHERE id = ?', id);
  }

  setEnabled(work: UnitOfWork, id: string, enabled: boolean): void {
    this.#database.update(work, 'jobs', id, { enabled: enabled ? 1 : 0 });
  }

  setNextRun(work: UnitOfWork, id: string, at: number | null): void {
    this.#database.update(work, 'jobs', id, { next_run_at: at });
  }

  setLastRun(work: UnitOfWork, id: string, run: { sessionId: string; result: SessionResult | null; at: number }): void {
    this.#database.update(work, 'jobs', id, {
      last_session_id: run.sessionId,
      last_result: run.result,
      last_run_at: run.at,
    });
  }
}

function columns(settings: JobSettings): {
  kind: string;
  name: string;
  description: string;
  settings_json: string;
} {
  return {
    kind: settings.kind,
    name: settings.name,
    description: settings.description,
    settings_json: JSON.stringify(settings),
  };
}

function fromSql(row: JobSql): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    enabled: row.enabled === 1,
    settings: JSON.parse(row.settings_json) as JobSettings,
    nextRunAt: row.next_run_at,
    lastSessionId: row.last_session_id,
    lastResult: row.last_result,
    lastRunAt: row.last_run_at,
  };
}
