import type { EntityRows } from '../state/entities.ts';
import { type OutcomeKind, resultOf } from '../../shared/domain/outcomes.ts';
import { mediaStateWords, outcomeWords, pointStateWords, resultWords, stateWords } from '../texts.ts';
import type { StatusShape } from '../ui/status-icon.tsx';
import { say } from '../say.ts';

/** A state as it is shown: a shape, a word, and what more there is to say. */
export interface Shown {
  shape: StatusShape;
  word: string;
  hint?: string | null;
}

const resultShapes = { success: 'success', warning: 'warning', failed: 'failed', stopped: 'stopped' } as const;

export function shownResult(result: keyof typeof resultWords | null): Shown {
  return result === null
    ? { shape: 'none', word: say('Never run') }
    : { shape: resultShapes[result], word: resultWords[result] };
}

/** A machine, tape or file of a session once it is over. */
export function shownOutcome(outcome: OutcomeKind): Shown {
  const shape = outcome === 'waiting' ? 'waiting' : resultShapes[resultOf(outcome)];
  return { shape, word: outcomeWords[outcome] };
}

/** A session: its result once it has one, else what it is doing. */
export function shownSession(session: EntityRows['session']): Shown {
  if (session.result !== null) return { ...shownResult(session.result), hint: session.reason };
  const waiting = session.state.startsWith('waiting-');
  return {
    shape: waiting ? 'waiting' : 'running',
    word: stateWords[session.state],
    hint: session.stateText,
  };
}

const withoutData = new Set<EntityRows['session']['kind']>([
  'inventory',
  'erase',
  'move',
  'export',
  'import',
  'delete',
  'rescan',
  'sample',
]);

/** Whether bytes mean bytes: sessions that only do things count their steps in the same fields. */
export function movesData(session: { kind: EntityRows['session']['kind'] }): boolean {
  return !withoutData.has(session.kind);
}

/** A job: what it is doing, or idle, or disabled. */
export function shownJob(job: EntityRows['job']): Shown {
  if (job.runningSessionId !== null) {
    const state = job.runningState ?? 'working';
    // The engine says what a session waits for in words of its own, and names its state where it waits for nothing.
    if (!Object.hasOwn(stateWords, state)) return { shape: 'waiting', word: state };
    return {
      shape: state.startsWith('waiting-') ? 'waiting' : 'running',
      word: stateWords[state as keyof typeof stateWords],
    };
  }
  return job.enabled ? { shape: 'none', word: say('Idle') } : { shape: 'disabled', word: say('Disabled') };
}

const pointShapes = {
  complete: 'success',
  incomplete: 'warning',
  corrupt: 'failed',
  missing: 'failed',
  unavailable: 'warning',
} as const;

export function shownPoint(point: EntityRows['point']): Shown {
  return { shape: pointShapes[point.state], word: pointStateWords[point.state], hint: point.stateReason };
}

const mediaShapes: Record<keyof typeof mediaStateWords, StatusShape> = {
  unknown: 'unknown',
  foreign: 'unknown',
  blank: 'none',
  free: 'success',
  empty: 'success',
  open: 'open',
  closed: 'protected',
  expired: 'info',
  'in-use': 'running',
  suspect: 'warning',
  damaged: 'failed',
  retired: 'disabled',
  cleaning: 'none',
};

export function shownMedium(medium: { state: keyof typeof mediaStateWords; stateReason: string }): Shown {
  return { shape: mediaShapes[medium.state], word: mediaStateWords[medium.state], hint: medium.stateReason };
}

/** What of a word map a column can be filtered by. */
export function filterOf(words: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}
