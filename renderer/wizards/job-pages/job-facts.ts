import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { Engine } from '../engine.ts';

/** What a job wizard knows when it opens: the jobs there are, and the settings being edited. */
export interface JobFacts {
  jobs: readonly JobRow[];
  settings: JobSettings | null;
}

/** Jobs beyond the first thousand are not offered for chaining; the engine still refuses a name that one of them has. */
export const askJobFacts = async (
  engine: Engine,
  jobId: string | undefined,
  signal: AbortSignal,
): Promise<JobFacts> => {
  const [list, job] = await Promise.all([
    engine.jobs.list({ limit: 1000, sort: { by: 'name', direction: 'asc' } }, { signal }),
    jobId === undefined ? null : engine.jobs.get({ id: jobId }, { signal }),
  ]);
  return { jobs: list.rows, settings: job?.settings ?? null };
};
