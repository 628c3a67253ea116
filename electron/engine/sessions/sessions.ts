import { messageOf } from '../../../shared/domain/message-of.ts';
import type {
  SessionKind,
  SessionResult,
  SessionState,
  ThroughputSample,
} from '../../../shared/domain/session-types.ts';
import type { Clock } from '../faults/clock.ts';
import type { Changes } from './changes.ts';
import { CancelledError, OperationError } from '../errors.ts';
import { heartbeatEveryMs, LeaseLost, type ResourceLocks } from './locks.ts';
import { RunningSession, type SessionEvents } from './running-session.ts';
import type { LogRecord, SessionRecord, SessionStore, TaskRecord } from './session-store.ts';

export interface SessionPicture {
  session: SessionRecord;
  tasks: TaskRecord[];
  log: LogRecord[];
  throughput: ThroughputSample[];
}

export type SessionUpdate = ({ type: 'snapshot' } & SessionPicture) | ({ type: 'delta' } & SessionEvents);

interface Follower {
  pending: SessionEvents;
  wake: () => void;
  /** Ends the pause between two updates. */
  hurry: () => void;
}

const updateEveryMs = 250;
const backlogLimit = 2000;

/** Every run of anything long: starts it, keeps its record, lets others follow and cancel it. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #changes: Changes;
  readonly #running = new Map<string, { session: RunningSession; ended: Promise<void> }>();
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #locks: ResourceLocks | undefined;
  #beating = false;
  #closing = false;

  /** `locks`: where the leases of running sessions are kept alive. */
  constructor(store: SessionStore, clock: Clock, changes: Changes, locks?: ResourceLocks) {
    this.#store = store;
    this.#clock = clock;
    this.#changes = changes;
    this.#locks = locks;
  }

  /** While any session runs: its work is done in this process, which shows here that it is alive. */
  #beat(): void {
    if (this.#beating || !this.#locks || this.#running.size === 0) return;
    this.#beating = true;
    this.#clock.callAt(this.#clock.now() + heartbeatEveryMs, () => {
      this.#beating = false;
      for (const { session } of this.#running.values()) this.#locks?.heartbeat(session.owner);
      this.#beat();
    });
  }

  get store(): SessionStore {
    return this.#store;
  }

  /**
   * Starts a run and returns at once. `run` reports through the session; it throws OperationError for what an
   * administrator can act on, anything else is reported with its message. `onEnd` is called after the record is closed;
   * what it commits for later before it first waits is durable with the end of the session, before followers and `ended` tell it.
   */
  start(
    options: { kind: SessionKind; name: string; jobId?: string | null; parentId?: string | null; who: string },
    run: (session: RunningSession) => Promise<SessionResult | void>,
    onEnd?: (record: SessionRecord) => void,
  ): RunningSession {
    if (this.#closing) throw new OperationError('The engine is closing.', 'Start it again, then try once more.');
    let told: SessionState = 'starting';
    const session = new RunningSession(
      {
        kind: options.kind,
        name: options.name,
        jobId: options.jobId ?? null,
        parentId: options.parentId ?? null,
        who: options.who,
      },
      this.#store,
      this.#clock,
      (events) => {
        // Lists show states, and somebody may be wanted (waiting for a tape); the end is told once it is acted on.
        const state = events.session?.state;
        if (state !== undefined && state !== told && state !== 'idle') {
          told = state;
          this.#changes.publish('sessions', 'jobs');
        }
        this.#deliver(session.id, events);
      },
    );
    const ended = this.#drive(session, run).then(async () => {
      onEnd?.({ ...session.record });
      // A disk that does not take the end leaves the session open here: it is told to nobody, and the host ends on the error.
      await this.#store.flushed();
      this.#running.delete(session.id);
      this.#changes.publish('sessions', 'jobs');
      // Followers learn of the end after everybody else has acted on it.
      const tasks = session.tasks.map((task) => ({ ...task.record }));
      this.#deliver(session.id, { session: { ...session.record }, tasks });
    });
    this.#running.set(session.id, { session, ended });
    this.#beat();
    this.#changes.publish('sessions', 'jobs');
    return session;
  }

  async #drive(
    session: RunningSession,
    run: (session: RunningSession) => Promise<SessionResult | void>,
  ): Promise<void> {
    try {
      // The caller gets the session id before the first line of the run executes, and notes what it likes of it ...
      await Promise.resolve();
      // ... which one flush makes durable: a power loss finds that the session began.
      await this.#store.flushed();
      session.setState('working');
      const result = await run(session);
      if (session.signal.aborted) throw session.signal.reason;
      session.end(result ?? null, null);
    } catch (error) {
      if (session.signal.aborted && !(session.signal.reason instanceof LeaseLost)) {
        const reason = session.signal.reason instanceof Error ? session.signal.reason.message : 'Stopped.';
        session.log('warning', reason);
        session.end('stopped', reason);
        return;
      }
      const why: unknown = session.signal.aborted ? session.signal.reason : error;
      const message = messageOf(why);
      session.log('error', message, { advice: why instanceof OperationError ? why.advice : null });
      session.end('failed', message);
    }
  }

  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  running(): SessionRecord[] {
    return [...this.#running.values()].map(({ session }) => ({ ...session.record }));
  }

  /** Resolves when the session has ended (at once when it already has). */
  async ended(id: string): Promise<SessionRecord | undefined> {
    await this.#running.get(id)?.ended;
    return this.#store.get(id);
  }

  /** False when there is no such running session. */
  cancel(id: string, reason = 'Stopped by request.'): boolean {
    const entry = this.#running.get(id);
    // One that has ended may still wait for the disk to take that in.
    if (!entry || entry.session.record.endedAt !== null) return false;
    if (!entry.session.signal.aborted) {
      entry.session.setState('stopping');
      entry.session.abort.abort(new CancelledError(reason));
    }
    return true;
  }

  picture(id: string): SessionPicture | undefined {
    const live = this.#running.get(id)?.session;
    const session = live ? { ...live.record } : this.#store.get(id);
    if (!session) return undefined;
    return {
      session,
      tasks: live ? live.tasks.map((task) => ({ ...task.record })) : this.#store.tasks(id),
      log: this.#store.log(id),
      throughput: live ? [...live.throughput] : this.#store.throughput(id),
    };
  }

  /** A snapshot, then deltas at most four times a second, until the session has ended: of that it tells at once. */
  async *follow(id: string, signal?: AbortSignal): AsyncGenerator<SessionUpdate> {
    const follower: Follower = { pending: {}, wake: () => {}, hurry: () => {} };
    const followers = this.#followers.get(id) ?? new Set();
    this.#followers.set(id, followers.add(follower));
    const onAbort = (): void => {
      follower.wake();
      follower.hurry();
    };
    signal?.addEventListener('abort', onAbort);
    try {
      const picture = this.picture(id);
      if (!picture) return;
      yield { type: 'snapshot', ...picture };
      while (!signal?.aborted) {
        if (Object.keys(follower.pending).length === 0) {
          if (!this.#running.has(id)) return;
          await new Promise<void>((resolve) => {
            follower.wake = resolve;
          });
        }
        if (this.#running.has(id) && !signal?.aborted) {
          await new Promise<void>((resolve) => {
            const pause = setTimeout(resolve, updateEveryMs);
            follower.hurry = () => {
              clearTimeout(pause);
              resolve();
            };
          });
        }
        const { pending } = follower;
        follower.pending = {};
        if ((pending.log?.length ?? 0) > backlogLimit) {
          const fresh = this.picture(id);
          if (fresh) yield { type: 'snapshot', ...fresh };
        } else if (Object.keys(pending).length > 0) {
          yield { type: 'delta', ...pending };
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      followers.delete(follower);
      if (followers.size === 0) this.#followers.delete(id);
    }
  }

  #deliver(id: string, events: SessionEvents): void {
    for (const follower of this.#followers.get(id) ?? []) {
      const { pending } = follower;
      if (events.session) pending.session = events.session;
      if (events.tasks) {
        const byId = new Map((pending.tasks ?? []).map((task) => [task.id, task]));
        for (const task of events.tasks) byId.set(task.id, task);
        pending.tasks = [...byId.values()];
      }
      if (events.log) pending.log = [...(pending.log ?? []), ...events.log];
      if (events.throughput) pending.throughput = [...(pending.throughput ?? []), ...events.throughput];
      follower.wake();
      if (!this.#running.has(id)) follower.hurry();
    }
  }

  /** At start: sessions that the last engine left open died with it. Returns them. */
  closeInterrupted(): SessionRecord[] {
    const interrupted = this.#store.unfinished();
    const now = this.#clock.now();
    for (const record of interrupted) {
      const reason = 'interrupted';
      this.#store.closeTasks(record.id, 'cannot', reason, now);
      this.#store.addLog(record.id, {
        taskId: null,
        at: now,
        level: 'error',
        text: 'Interrupted: the engine ended while this session ran. What was committed before is intact.',
        advice: 'Run the job again: it continues from its last commit.',
        durationMs: null,
      });
      this.#store.save(
        { ...record, state: 'idle', stateText: null, result: 'failed', reason, endedAt: now },
        this.#store.throughput(record.id),
      );
    }
    return interrupted;
  }

  /** Cancels everything and waits for it, at most this long. */
  async close(limitMs: number): Promise<void> {
    this.#closing = true;
    const all = [...this.#running.values()];
    for (const { session } of all) this.cancel(session.id, 'Stopped: the engine is closing.');
    const limit = new Promise<void>((resolve) => setTimeout(resolve, limitMs).unref());
    await Promise.race([Promise.allSettled(all.map(({ ended }) => ended)), limit]);
  }
}
