import { randomUUID } from 'node:crypto';
import type { JobSettings } from '../../../shared/domain/job-settings.ts';
import { nameOfClone } from '../../../shared/domain/job-names.ts';
import { nextRun } from '../../../shared/domain/schedule.ts';
import type { SessionResult } from '../../../shared/domain/session-types.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { OperationError } from '../errors.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import type { SessionRecord } from '../sessions/session-store.ts';
import { runBackup } from './kinds/backup.ts';
import { runBackupCopy } from './kinds/backup-copy.ts';
import { runBackupToTape } from './kinds/backup-to-tape.ts';
import type { EngineContext } from './engine-context.ts';
import { type JobRecord, JobStore } from './job-store.ts';

interface RunOptions {
  who: string;
  activeFull?: boolean;
  /** How many automatic retries this run has behind it. */
  attempt?: number;
  /** The session that leads to this run. */
  parentId?: string;
}

/** Jobs: stored intent, when it runs, and what a run leads to (retries, jobs that follow). */
export class JobService {
  readonly store: JobStore;
  readonly #context: EngineContext;
  readonly #scheduler: Scheduler;
  readonly #running = new Map<string, string>();
  /** Immediate copies asked for while the job was running: once more when it has ended. */
  readonly #again = new Set<string>();

  constructor(context: EngineContext) {
    this.#context = context;
    this.store = new JobStore(context.database);
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
    return this.#running.get(jobId) ?? null;
  }

  create(settings: JobSettings): string {
    const complete = withMachineIds(settings);
    this.#check(complete, undefined);
    const id = randomUUID();
    this.store.insert(id, complete, this.#context.clock.now());
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
    this.store.insert(made, { ...settings, name }, this.#context.clock.now(), { enabled: false });
    this.#context.changes.publish('jobs');
    return this.get(made);
  }

  update(id: string, settings: JobSettings): void {
    const before = this.get(id);
    if (before.kind !== settings.kind) {
      throw new OperationError('A job keeps its kind.', 'Make a new job instead.', { kind: 'invalid', field: 'kind' });
    }
    const complete = withMachineIds(settings);
    this.#check(complete, id);
    this.store.update(id, complete, this.#context.clock.now());
    this.#plan(this.get(id));
    this.#context.changes.publish('jobs');
  }

  /** Removes the job; its backups stay and are shown under Disk (Orphaned). */
  remove(id: string): void {
    const job = this.get(id);
    if (this.#running.has(id)) {
      throw new OperationError(`“${job.name}” is running.`, 'Stop it first.');
    }
    const follower = this.store
      .list()
      .find((other) => other.settings.schedule.kind === 'after-job' && other.settings.schedule.jobId === id);
    if (follower) {
      throw new OperationError(`“${follower.name}” runs after “${job.name}”.`, 'Change its schedule first.');
    }
    this.#scheduler.set(id, null);
    this.store.remove(id);
    this.#context.changes.publish('jobs', 'backups');
  }

  setEnabled(id: string, enabled: boolean): void {
    this.get(id);
    this.store.setEnabled(id, enabled);
    this.#plan(this.get(id));
    this.#context.changes.publish('jobs');
  }

  #check(settings: JobSettings, id: string | undefined): void {
    const { repositories, keys, tape } = this.#context;
    const jobs = this.store.list();
    const same = jobs.find((job) => job.id !== id && job.name.toLowerCase() === settings.name.toLowerCase());
    if (same) {
      throw new OperationError(`There is already a job named “${same.name}”.`, 'Choose another name.', {
        kind: 'invalid',
        field: 'settings.name',
      });
    }
    const invalid = (message: string, advice: string, field: string): OperationError =>
      new OperationError(message, advice, { kind: 'invalid', field: `settings.${field}` });
    if (settings.kind !== 'backup-to-tape') {
      if (!repositories.find(settings.repositoryId)) {
        throw invalid('This repository is not configured.', 'Choose another.', 'repositoryId');
      }
      if (settings.keyId && !keys.list().some((key) => key.id === settings.keyId)) {
        throw invalid('This encryption key is not there any more.', 'Choose another.', 'keyId');
      }
    } else {
      for (const [field, poolId] of [
        ['fullPoolId', settings.fullPoolId],
        ['incrementPoolId', settings.incrementPoolId],
      ] as const) {
        if (poolId !== undefined && tape.store.pools.get(poolId)?.kind !== 'custom') {
          throw invalid('A tape job writes to a media pool of your own.', 'Choose or create a media pool.', field);
        }
      }
    }
    if (settings.kind === 'backup') {
      const names = settings.machines.map((machine) => machine.name.toLowerCase());
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice) throw invalid(`“${twice}” is in the list twice.`, 'Give each machine its own name.', 'machines');
    } else {
      if (settings.sources.jobIds.length + settings.sources.repositoryIds.length === 0) {
        throw invalid('Nothing is selected.', 'Choose at least one job or repository.', 'sources');
      }
      for (const jobId of settings.sources.jobIds) {
        const source = jobs.find((job) => job.id === jobId);
        if (!source) throw invalid('A selected job is not there any more.', 'Choose again.', 'sources');
        if (source.kind === 'backup-to-tape' || source.id === id) {
          throw invalid(`“${source.name}” keeps no backups on disk to read.`, 'Choose another job.', 'sources');
        }
      }
      if (settings.kind === 'backup-copy' && settings.sources.repositoryIds.includes(settings.repositoryId)) {
        throw invalid('The target repository is one of the sources.', 'Choose another target.', 'repositoryId');
      }
      if (settings.kind === 'backup-copy') {
        const beside = jobs.find(
          (job) =>
            settings.sources.jobIds.includes(job.id) &&
            job.settings.kind !== 'backup-to-tape' &&
            job.settings.repositoryId === settings.repositoryId,
        );
        if (beside) {
          throw invalid(
            `“${beside.name}” writes to the target repository itself.`,
            'Choose another target: a copy beside its source is no second copy.',
            'repositoryId',
          );
        }
      }
    }
    const { schedule } = settings;
    if (schedule.kind === 'after-job') {
      // Following the chain of predecessors must end somewhere.
      const seen = new Set<string>();
      for (let at: string | undefined = schedule.jobId; at !== undefined; ) {
        if (at === id || seen.has(at)) {
          throw invalid(
            'These jobs would wait for each other in a circle.',
            'Choose another job to run after.',
            'schedule',
          );
        }
        seen.add(at);
        const before = jobs.find((job) => job.id === at);
        if (!before) throw invalid('The job to run after is not there any more.', 'Choose another.', 'schedule');
        at = before.settings.schedule.kind === 'after-job' ? before.settings.schedule.jobId : undefined;
      }
    }
  }

  #plan(job: JobRecord): void {
    const at = job.enabled ? nextRun(job.settings.schedule, this.#context.clock.now(), this.#context.timeZone) : null;
    this.#scheduler.set(job.id, at);
    this.store.setNextRun(job.id, at);
  }

  #fallsDue(jobId: string): void {
    const job = this.store.find(jobId);
    if (!job?.enabled) return;
    if (!this.#running.has(jobId)) this.run(jobId, { who: 'schedule' });
    this.#plan(job);
    this.#context.changes.publish('jobs');
  }

  /** Starts a job now and returns its session id. */
  run(id: string, options: RunOptions): string {
    const job = this.get(id);
    if (this.#running.has(id)) {
      throw new OperationError(`“${job.name}” is running already.`, 'Follow its session, or stop it first.');
    }
    const session = this.#context.sessions.start(
      { kind: job.kind, name: job.name, jobId: id, parentId: options.parentId ?? null, who: options.who },
      (running) => this.#execute(job, running, options.activeFull ?? false),
      (record) => this.#ended(job, record, options),
    );
    this.#running.set(id, session.id);
    // Durable with the session's own row, before it does anything.
    this.#context.database.later(() =>
      this.store.setLastRun(id, { sessionId: session.id, result: null, at: session.record.startedAt }),
    );
    return session.id;
  }

  #execute(job: JobRecord, session: RunningSession, activeFull: boolean): Promise<SessionResult | void> {
    const context = this.#context;
    const { settings } = job;
    switch (settings.kind) {
      case 'backup':
        return runBackup(context, { jobId: job.id, settings, activeFull }, session);
      case 'backup-copy':
        return runBackupCopy(context, { jobId: job.id, settings, activeFull }, session);
      case 'backup-to-tape':
        return runBackupToTape({
          tape: context.tape,
          backups: context.backups,
          repository: context.repositories,
          job: { id: job.id, settings },
          session,
          dataDir: context.dataDir,
        });
    }
  }

  #ended(job: JobRecord, record: SessionRecord, options: RunOptions): void {
    this.#running.delete(job.id);
    this.store.setLastRun(job.id, { sessionId: record.id, result: record.result, at: record.startedAt });
    this.#context.changes.publish('jobs');
    const { retry } = job.settings;
    const attempt = options.attempt ?? 0;
    if (record.result === 'failed' && options.who === 'schedule' && attempt < retry.count) {
      this.#context.clock.callAt(this.#context.clock.now() + retry.waitMinutes * 60_000, () => {
        const now = this.store.find(job.id);
        if (!now?.enabled || this.#running.has(job.id)) return;
        this.run(job.id, { who: 'schedule', attempt: attempt + 1, parentId: record.id });
      });
      return;
    }
    if (record.result === 'success' || record.result === 'warning') this.#startFollowers(job, record.id);
    if (this.#again.delete(job.id) && record.result !== 'stopped') this.run(job.id, { who: 'schedule' });
  }

  /** Jobs that run after this one, and immediate copies of what it made. */
  #startFollowers(job: JobRecord, parentId: string): void {
    for (const other of this.store.list()) {
      if (!other.enabled || other.id === job.id) continue;
      const { settings } = other;
      const follows = settings.schedule.kind === 'after-job' && settings.schedule.jobId === job.id;
      if (!follows && !this.#copiesImmediately(settings, job)) continue;
      if (this.#running.has(other.id)) this.#again.add(other.id);
      else this.run(other.id, { who: 'schedule', parentId });
    }
  }

  #copiesImmediately(settings: JobSettings, made: JobRecord): boolean {
    if (settings.schedule.kind !== 'continuous' || settings.kind === 'backup') return false;
    if (made.settings.kind === 'backup-to-tape') return false;
    return (
      settings.sources.jobIds.includes(made.id) || settings.sources.repositoryIds.includes(made.settings.repositoryId)
    );
  }
}

/** A machine's identity outlives its name: it gets an id when it is first seen. */
function withMachineIds(settings: JobSettings): JobSettings {
  if (settings.kind !== 'backup') return settings;
  return {
    ...settings,
    machines: settings.machines.map((machine) => ({ ...machine, id: machine.id ?? randomUUID() })),
  };
}
