import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { Engine } from '../engine.ts';

/** What a job wizard knows when it opens: the jobs there are, and the settings being edited. */
export interface JobFacts {
  jobs: readonly JobRow[];
  settings: JobSettings | null;
  /** Of the settings: a save says what it is based on. */
  version: number;
}

export const askJobFacts = async (
  engine: Engine,
  jobId: string | undefined,
  signal: AbortSignal,
): Promise<JobFacts> => {
  const [jobs, job] = await Promise.all([
    askJobs(engine, signal),
    jobId === undefined ? null : engine.jobs.get({ id: jobId }, { signal }),
  ]);
  return { jobs, settings: job?.settings ?? null, version: job?.version ?? 1 };
};

const askJobs = async (engine: Engine, signal: AbortSignal): Promise<JobRow[]> => {
  const rows: JobRow[] = [];
  for (;;) {
    const query = { offset: rows.length, limit: 1000, sort: { by: 'name', direction: 'asc' as const } };
    const page = await engine.jobs.list(query, { signal });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
};
