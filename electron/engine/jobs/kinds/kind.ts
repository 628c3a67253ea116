import type { JobSettings } from '../../../../shared/domain/jobs/job-kinds.ts';
import type { JobSight } from '../../../../shared/domain/jobs/kind.ts';
import type { SessionResult } from '../../../../shared/domain/session-types.ts';
import type { RunningSession } from '../../sessions/running-session.ts';
import type { EngineContext } from '../engine-context.ts';

/** One run of a job, with the settings that it had when the run began. */
export interface JobRun<Settings> {
  jobId: string;
  settings: Settings;
  /** New fulls instead of increments. */
  activeFull: boolean;
}

/** What the engine does for one kind of job; its rules stand in shared/domain/jobs/. */
export interface JobRunner<Settings extends JobSettings = JobSettings> {
  kind: Settings['kind'];
  /** Runs it; the session's result is that of its tasks unless one is returned. */
  run(context: EngineContext, run: JobRun<Settings>, session: RunningSession): Promise<SessionResult | void>;
  /** What it would do now. Changes nothing. */
  look(context: EngineContext, settings: Settings): Promise<JobSight>;
  /** Repositories that an interrupted run may have left files in which no row tells of: they are read again at a start. */
  rescans(settings: Settings): readonly string[];
  /** Refuses what can be seen to be no source before the first run; absent where nothing can. */
  checkSources?(settings: Settings): Promise<void>;
  /** Ids for what has none yet; absent where nothing in the settings has one of its own. */
  identified?(settings: Settings): Settings;
  /** The tape that its next run would begin with, and why. */
  nextTape?(
    context: EngineContext,
    settings: Settings,
  ): { text: string; reason: string; mediaId: string | null } | null;
}
