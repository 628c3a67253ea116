import { randomUUID } from 'node:crypto';
import { type OutcomeKind, resultOf, worstResult } from '../../../shared/domain/outcomes.ts';
import {
  type Bottleneck,
  type Counters,
  type LogDetails,
  type LogLevel,
  noProgress,
  type SessionKind,
  type SessionResult,
  type SessionState,
  type ThroughputSample,
} from '../../../shared/domain/session-types.ts';
import type { Clock } from '../faults/clock.ts';
import { type MeterPart, type PartReport, ProgressMeter } from '../pipeline/progress.ts';
import { LeaseLost, type LeaseOwner } from './locks.ts';
import { type LogRecord, percentOf, type SessionRecord, type SessionStore, type TaskRecord } from './session-store.ts';

export interface SessionEvents {
  session?: SessionRecord;
  tasks?: TaskRecord[];
  log?: LogRecord[];
  throughput?: ThroughputSample[];
}

const maxSamples = 600;
const rateWindowMs = 5000;

/** One run while it runs: what its code reports through, and what its followers see. */
export class RunningSession {
  readonly record: SessionRecord;
  readonly tasks: Task[] = [];
  throughput: ThroughputSample[] = [];
  /** Aborted by cancel, by a shutdown, or by whoever started the session. */
  readonly abort = new AbortController();
  readonly clock: Clock;
  readonly store: SessionStore;
  /** As the owner of what it locks. */
  readonly owner: LeaseOwner;
  readonly #emit: (events: SessionEvents) => void;
  #marks: { at: number; read: number; written: number }[] = [];
  #lastSample = 0;
  /** The first warning that concerns no single task. */
  #warning: string | null = null;

  constructor(
    options: { kind: SessionKind; name: string; jobId: string | null; parentId: string | null; who: string },
    store: SessionStore,
    clock: Clock,
    emit: (events: SessionEvents) => void,
  ) {
    this.clock = clock;
    this.store = store;
    this.#emit = emit;
    this.owner = {
      name: options.name,
      lost: (reason) =>
        this.abort.abort(new LeaseLost(reason, 'Run it again: it goes on where its last commit stands.')),
    };
    this.record = {
      ...noProgress,
      id: randomUUID(),
      kind: options.kind,
      name: options.name,
      jobId: options.jobId,
      parentId: options.parentId,
      state: 'starting',
      stateText: null,
      result: null,
      reason: null,
      startedAt: clock.now(),
      endedAt: null,
      taskCount: 0,
      progressPercent: null,
    };
    store.insert(this.record, options.who);
  }

  get id(): string {
    return this.record.id;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Where the session stands; `text` says what it waits for. A cancelled session stays `stopping`. */
  setState(state: SessionState, text: string | null = null): void {
    if (this.signal.aborted && state !== 'idle') return;
    if (this.record.state === state && this.record.stateText === text) return;
    this.record.state = state;
    this.record.stateText = text;
    this.store.save(this.record, this.throughput);
    this.#emit({ session: { ...this.record } });
  }

  /** A warning is one of the session's result, too, unless it is a passing one. */
  log(level: LogLevel, text: string, more: LogDetails & { taskId?: string | null } = {}): void {
    if (level === 'warning' && !more.isPassing && (more.taskId ?? null) === null) this.#warning ??= text;
    const line = this.store.addLog(this.id, {
      taskId: more.taskId ?? null,
      at: this.clock.now(),
      level,
      text,
      advice: more.advice ?? null,
      durationMs: more.durationMs === undefined ? null : Math.round(more.durationMs),
    });
    this.#emit({ log: [line] });
  }

  /** Runs one named step and logs how long it took. */
  async step<T>(text: string, act: () => Promise<T> | T, taskId: string | null = null): Promise<T> {
    const began = this.clock.now();
    const result = await act();
    this.log('success', text, { taskId, durationMs: this.clock.now() - began });
    return result;
  }

  addTask(name: string, totalBytes = 0): Task {
    const task = new Task(this, this.tasks.length, name, totalBytes);
    this.tasks.push(task);
    this.record.taskCount = this.tasks.length;
    this.store.saveTask(this.id, task.position, task.record);
    this.progressed(task, true);
    return task;
  }

  /** Sums the tasks up; called by them. Progress is lossy on its way to followers, starts and ends are not. */
  progressed(task: Task, durable: boolean): void {
    const { record } = this;
    const sum = (pick: (record: TaskRecord) => number): number =>
      this.tasks.reduce((total, other) => total + pick(other.record), 0);
    record.totalBytes = sum((other) => other.totalBytes);
    record.processedBytes = sum((other) => other.processedBytes);
    record.readBytes = sum((other) => other.readBytes);
    record.transferredBytes = sum((other) => other.transferredBytes);
    record.bottleneck = task.record.bottleneck ?? record.bottleneck;
    record.progressPercent = percentOf(record);
    this.#measure();
    if (durable) {
      this.store.saveTask(this.id, task.position, task.record);
      this.store.save(record, this.throughput);
    }
    this.#emit({ session: { ...record }, tasks: [{ ...task.record }] });
  }

  #measure(): void {
    const { record } = this;
    const now = this.clock.now();
    this.#marks.push({ at: now, read: record.readBytes, written: record.transferredBytes });
    while (this.#marks.length > 2 && now - (this.#marks[0]?.at ?? now) > rateWindowMs) this.#marks.shift();
    const first = this.#marks[0];
    const seconds = first ? (now - first.at) / 1000 : 0;
    if (first && seconds > 0) {
      record.readRateBps = Math.max(0, (record.readBytes - first.read) / seconds);
      record.writeRateBps = Math.max(0, (record.transferredBytes - first.written) / seconds);
    }
    const elapsed = (now - record.startedAt) / 1000;
    if (elapsed > 0) record.meanRateBps = record.processedBytes / elapsed;
    if (now - this.#lastSample >= 1000) {
      this.#lastSample = now;
      const sample = { at: now, readBps: record.readRateBps, writeBps: record.writeRateBps };
      this.throughput.push(sample);
      // A long run keeps a coarser picture of its past rather than a longer list.
      if (this.throughput.length > maxSamples) this.throughput = this.throughput.filter((_, index) => index % 2 === 0);
      this.#emit({ throughput: [sample] });
    }
  }

  /** Closes the session, and tells nobody yet. Its result is the worst of what is given, its tasks and its warnings. */
  end(result: SessionResult | null, reason: string | null): void {
    const now = this.clock.now();
    for (const task of this.tasks) {
      if (task.record.state !== 'done') task.finish(result === 'failed' ? 'cannot' : 'cancelled', reason);
    }
    const parts = this.tasks.map(({ record }) => ({
      result: record.outcome === null ? 'success' : resultOf(record.outcome),
      reason: record.reason,
    }));
    if (this.#warning !== null) parts.push({ result: 'warning', reason: this.#warning });
    if (result !== null) parts.unshift({ result, reason });
    const worst = worstResult(parts.map((part) => part.result));
    this.record.result = worst;
    this.record.reason = parts.find((part) => part.result === worst && part.reason !== null)?.reason ?? null;
    this.record.state = 'idle';
    this.record.stateText = null;
    this.record.readRateBps = 0;
    this.record.writeRateBps = 0;
    this.record.endedAt = now;
    const elapsed = (now - this.record.startedAt) / 1000;
    if (elapsed > 0) this.record.meanRateBps = this.record.processedBytes / elapsed;
    this.store.save(this.record, this.throughput);
  }
}

/** One machine, tape or file of a session. */
export class Task {
  readonly record: TaskRecord;
  readonly position: number;
  readonly #session: RunningSession;
  readonly #meter: ProgressMeter;
  #whole: MeterPart | undefined;
  #warning: string | null = null;

  constructor(session: RunningSession, position: number, name: string, totalBytes: number) {
    this.#session = session;
    this.#meter = new ProgressMeter((counters, bottleneck) => this.#counted(counters, bottleneck));
    this.position = position;
    this.record = {
      ...noProgress,
      id: randomUUID(),
      name,
      totalBytes,
      state: 'pending',
      outcome: null,
      reason: null,
      startedAt: null,
      endedAt: null,
    };
  }

  get id(): string {
    return this.record.id;
  }

  start(): void {
    this.record.state = 'working';
    this.record.startedAt = this.#session.clock.now();
    this.#session.progressed(this, true);
  }

  /** A part of the work that is counted by itself; the task's numbers are the sum of its parts. */
  part(totalBytes = 0): MeterPart {
    return this.#meter.part(totalBytes);
  }

  /** For a task that is one part: what is counted since it began. */
  progress(report: PartReport): void {
    this.#whole ??= this.#meter.part(this.record.totalBytes);
    this.#whole.report(report);
  }

  #counted(counters: Counters, bottleneck: Bottleneck | null | undefined): void {
    const { record } = this;
    Object.assign(record, counters);
    if (bottleneck !== undefined) record.bottleneck = bottleneck;
    const elapsed = (this.#session.clock.now() - (record.startedAt ?? this.#session.record.startedAt)) / 1000;
    if (elapsed > 0) {
      record.meanRateBps = record.processedBytes / elapsed;
      record.readRateBps = record.readBytes / elapsed;
      record.writeRateBps = record.transferredBytes / elapsed;
    }
    this.#session.progressed(this, false);
  }

  log(level: LogLevel, text: string, more: LogDetails = {}): void {
    if (level === 'warning' && !more.isPassing) this.#warning ??= text;
    this.#session.log(level, text, { ...more, taskId: this.id });
  }

  /** One that is done in spite of a warning is done with warnings, the first of which is its reason. */
  finish(outcome: OutcomeKind, reason: string | null = null): void {
    const warned = this.#warning !== null && resultOf(outcome) === 'success';
    this.record.state = 'done';
    this.record.outcome = warned ? 'done-with-warnings' : outcome;
    this.record.reason = reason ?? (warned ? this.#warning : null);
    this.record.endedAt = this.#session.clock.now();
    // A total that was estimated too high gives way to what it was.
    if (outcome === 'done' || outcome === 'nothing-new') this.record.totalBytes = this.record.processedBytes;
    this.#session.progressed(this, true);
  }
}
