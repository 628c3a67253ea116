import { randomUUID } from 'node:crypto';
import { nameOfClone } from '../../../shared/domain/job-names.ts';
import {
  jobOutlook,
  jobProblems,
  type JobSettings,
  normalised,
  otherJob,
  rulesOf,
  startsAfter,
  usedIds,
} from '../../../shared/domain/jobs/job-kinds.ts';
import type { JobFacts, JobNames, JobOutlook } from '../../../shared/domain/jobs/kind.ts';
import { nextRun } from '../../../shared/domain/schedule.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { OperationError } from '../errors.ts';
import type { SessionRecord } from '../sessions/session-store.ts';
import type { UnitOfWork } from '../database/unit-of-work.ts';
import { runnerOf } from './kinds/job-runners.ts';
import type { EngineContext } from './engine-context.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import { type RunningJobs, RunningJobsInMemory } from './running-jobs.ts';

interface RunOptions {
  who: string;
  activeFull?: boolean;
  /** How many automatic retries this run has behind it. */
  attempt?: number;
  /** The session that leads to this run. */
  parentId?: string;
}

/** What a job with some settings would do, before it is saved. */
export interface JobPreview extends JobOutlook {
  firstRunAt: number | null;
  command: string;
}

/** Jobs: stored intent, when it runs, and what a run leads to (retries, jobs that follow). */
export class JobService {
  readonly store: JobStore;
  readonly #context: EngineContext;
  readonly #scheduler: Scheduler;
  readonly #running: RunningJobs;

  constructor(context: EngineContext, store: JobStore, running: RunningJobs = new RunningJobsInMemory()) {
    this.#running = running;
    this.#context = context;
    this.store = store;
    this.#scheduler = new Scheduler(context.clock, (jobId) => this.#fallsDue(jobId));
  }

  /** Plans what is scheduled; called once the engine has recovered. What was missed meanwhile is not run again. */
  start(): void {
    for (const job of this.store.list()) this.#plan(job);
  }

  close(): void {
    this.#scheduler.close();
  }

  get(id: string): JobRecord {
    const job = this.store.find(id);
    if (!job) throw new OperationError('There is no such job.', 'It may have been removed.', { kind: 'not-found' });
    return job;
  }

  runningSession(jobId: string): string | null {
    return this.#running.sessionOf(jobId);
  }

  create(settings: JobSettings): string {
    const complete = asStored(settings);
    this.#check(complete, undefined);
    const id = randomUUID();
    this.#write((work) => this.store.insert(work, id, complete, this.#context.clock.now()));
    this.#plan(this.get(id));
    this.#context.changes.publish('jobs');
    return id;
  }

  /** A job with the same settings, disabled from the first moment, so that two jobs never do the same work unasked. */
  clone(id: string): JobRecord {
    const { settings } = this.get(id);
    const name = nameOfClone(
      settings.name,
      this.store.list().map((job) => job.name),
    );
    const made = randomUUID();
    const now = this.#context.clock.now();
    this.#write((work) => this.store.insert(work, made, { ...settings, name }, now, { enabled: false }));
    this.#context.changes.publish('jobs');
    return this.get(made);
  }

  /** `also` happens in the same unit of work, before. */
  update(id: string, settings: JobSettings, also: (work: UnitOfWork) => void): void {
    const before = this.get(id);
    if (before.kind !== settings.kind) {
      throw new OperationError('A job keeps its kind.', 'Make a new job instead.', { kind: 'invalid', field: 'kind' });
    }
    const complete = asStored(settings);
    this.#check(complete, id);
    this.#write((work) => {
      also(work);
      this.store.update(work, id, complete, this.#context.clock.now());
    });
    this.#plan(this.get(id));
    this.#context.changes.publish('jobs');
  }

  /** Removes the job; its backups stay and are shown under Disk (Orphaned). */
  remove(id: string): void {
    const job = this.get(id);
    if (this.runningSession(id) !== null) {
      throw new OperationError(`“${job.name}” is running.`, 'Stop it first.');
    }
    const follower = this.store
      .list()
      .find((other) => other.settings.schedule.kind === 'after-job' && other.settings.schedule.jobId === id);
    if (follower) {
      throw new OperationError(`“${follower.name}” runs after “${job.name}”.`, 'Change its schedule first.');
    }
    this.#scheduler.set(id, null);
    this.#write((work) => this.store.remove(work, id));
    this.#context.changes.publish('jobs', 'backups');
  }

  setEnabled(id: string, enabled: boolean): void {
    this.get(id);
    this.#write((work) => this.store.setEnabled(work, id, enabled));
    this.#plan(this.get(id));
    this.#context.changes.publish('jobs');
  }

  #check(settings: JobSettings, id: string | undefined): void {
    const [problem] = jobProblems(settings, this.#facts(id));
    if (!problem) return;
    throw new OperationError(problem.message, problem.advice, { kind: 'invalid', field: `settings.${problem.field}` });
  }

  #facts(ownId: string | undefined): JobFacts {
    const { repositories, keys, tape } = this.#context;
    return {
      ownId,
      jobs: this.store.list().map(otherJob),
      repositories: repositories.list(),
      pools: tape.store.pools.all().filter((pool) => pool.kind === 'custom'),
      keys: keys.list(),
    };
  }

  /** The first job that a repository, a media pool or a key cannot be removed because of. */
  using(id: string): JobRecord | undefined {
    return this.store.list().find(({ settings }) => usedIds(settings).includes(id));
  }

  /** Refuses sources that are no sources of such a job. Changes nothing. */
  async checkSources(settings: JobSettings): Promise<void> {
    await runnerOf(settings.kind).checkSources?.(settings);
  }

  /** Names for the ids in settings. */
  readonly names: JobNames = {
    repository: (id) => this.#context.repositories.find(id)?.name ?? 'a removed repository',
    job: (id) => this.store.find(id)?.name ?? 'a removed job',
    pool: (id) => this.#context.tape.store.pools.get(id)?.name ?? 'a removed media pool',
    key: (id) => this.#context.keys.list().find((key) => key.id === id)?.name ?? 'a removed key',
  };

  /** Says in words what a job with these settings would do, how much it would write at first, and its command line. */
  async preview(given: JobSettings): Promise<JobPreview> {
    const { clock, timeZone } = this.#context;
    const settings = normalised(given);
    const sight = await runnerOf(settings.kind).look(this.#context, settings);
    return {
      ...jobOutlook(settings, sight, this.names),
      firstRunAt: nextRun(settings.schedule, clock.now(), timeZone),
    };
  }

  /** The tape that a job's next run would begin with; null for jobs that write none. */
  nextTape({ settings }: JobRecord) {
    return runnerOf(settings.kind).nextTape?.(this.#context, settings) ?? null;
  }

  /** Durable before a caller is answered, and before a session that leads here begins or is told to have ended. */
  #write(act: (work: UnitOfWork) => void): void {
    this.#context.commits.later(act);
  }

  #plan(job: JobRecord): void {
    const at = job.enabled ? nextRun(job.settings.schedule, this.#context.clock.now(), this.#context.timeZone) : null;
    this.#scheduler.set(job.id, at);
    this.#write((work) => this.store.setNextRun(work, job.id, at));
  }

  #fallsDue(jobId: string): void {
    const job = this.store.find(jobId);
    if (!job?.enabled) return;
    if (this.runningSession(jobId) === null) this.run(jobId, { who: 'schedule' });
    this.#plan(job);
    this.#context.changes.publish('jobs');
  }

  /** Starts a job now and returns its session id. */
  run(id: string, options: RunOptions): string {
    const job = this.get(id);
    if (this.runningSession(id) !== null) {
      throw new OperationError(`“${job.name}” is running already.`, 'Follow its session, or stop it first.');
    }
    const { can, name } = rulesOf(job.kind);
    if (options.activeFull && can.activeFull !== true) {
      throw new OperationError(
        `“${job.name}” cannot run an active full: ${can.activeFull}`,
        `It is a ${name}: run it without.`,
        {
          kind: 'invalid',
          field: 'activeFull',
        },
      );
    }
    const run = { jobId: id, settings: job.settings, activeFull: options.activeFull ?? false };
    const session = this.#context.sessions.start(
      { kind: job.kind, name: job.name, jobId: id, parentId: options.parentId ?? null, who: options.who },
      (running) => runnerOf(job.kind).run(this.#context, run, running),
      (record) => this.#ended(job, record, options),
    );
    this.#running.begin(id, session.id);
    // Durable with the session's own row, before it does anything.
    const began = { sessionId: session.id, result: null, at: session.record.startedAt };
    this.#write((work) => this.store.setLastRun(work, id, began));
    return session.id;
  }

  #ended(job: JobRecord, record: SessionRecord, options: RunOptions): void {
    this.#running.end(job.id);
    const run = { sessionId: record.id, result: record.result, at: record.startedAt };
    this.#write((work) => this.store.setLastRun(work, job.id, run));
    this.#context.changes.publish('jobs');
    const { retry } = job.settings;
    const attempt = options.attempt ?? 0;
    // Somebody stopped it: that is not taken back, even where a machine had failed before.
    const stopped = this.#context.sessions.store.tasks(record.id).some(({ outcome }) => outcome === 'cancelled');
    if (record.result === 'failed' && !stopped && options.who === 'schedule' && attempt < retry.count) {
      this.#context.clock.callAt(this.#context.clock.now() + retry.waitMinutes * 60_000, () => {
        const now = this.store.find(job.id);
        if (!now?.enabled || this.runningSession(job.id) !== null) return;
        this.run(job.id, { who: 'schedule', attempt: attempt + 1, parentId: record.id });
      });
      return;
    }
    if (record.result === 'success' || record.result === 'warning') this.#startFollowers(job, record.id);
    if (this.#running.takeAgain(job.id) && record.result !== 'stopped' && !stopped)
      this.run(job.id, { who: 'schedule' });
  }

  /** Jobs that run after this one, and those that read what it made. */
  #startFollowers(job: JobRecord, parentId: string): void {
    const ended = otherJob(job);
    for (const other of this.store.list()) {
      if (!other.enabled || other.id === job.id || !startsAfter(other.settings, ended)) continue;
      if (this.runningSession(other.id) !== null) this.#running.again(other.id);
      else this.run(other.id, { who: 'schedule', parentId });
    }
  }
}

/** As it is stored: normalised, and with an id for everything that outlives its name. */
function asStored(settings: JobSettings): JobSettings {
  const normal = normalised(settings);
  return runnerOf(normal.kind).identified?.(normal) ?? normal;
}
