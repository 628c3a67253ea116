import type { EngineContext } from '../jobs/engine-context.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { RestoreDisksRun } from '../jobs/restore-disks.ts';

/** Everything a handler may call. */
export interface Services extends EngineContext {
  jobs: JobService;
  startedAt: number;
  timeZone: string;
  version: string;
  /** Checks, then starts writing disks of a restore point to files; the session id. */
  restoreDisks(run: RestoreDisksRun, who: string): Promise<string>;
  audit(who: string, action: string, object: string): void;
}
