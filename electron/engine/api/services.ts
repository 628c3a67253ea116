import type { EngineContext } from '../jobs/engine-context.ts';
import type { JobService } from '../jobs/job-service.ts';

/** Everything a handler may call. */
export interface Services extends EngineContext {
  jobs: JobService;
  startedAt: number;
  version: string;
  audit(who: string, action: string, object: string): void;
}
