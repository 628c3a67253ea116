/** The arithmetic of the benches: what is run in which order, and what the times of it mean. */

/** One side of a comparison: our product, or a peer. */
export interface Side {
  name: string;
  /** Bytes by which the speed is reckoned; the same for every side of a bench. */
  bytes: number;
  /** Untimed: makes the place where the run will write. */
  prepare?(): Promise<void>;
  /** Timed. What it writes must be on stable storage when it resolves. It may return what else it saw. */
  run(): Promise<Facts | void>;
  /** Untimed: throws when the result is not what it should be; then removes it. */
  finish?(): Promise<void>;
}

/** What was seen beside the time: label to value, in the order shown. */
export type Facts = Record<string, number | string>;

/** Rounds of sides: every side once in each, in turn forwards and backwards, so that none always follows the same one. */
export function rounds<T>(sides: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, round) => (round % 2 === 0 ? [...sides] : [...sides].reverse()));
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export interface Measured {
  name: string;
  /** Times of all rounds, in seconds. */
  seconds: number[];
  /** Median, 10^6 bytes per second. */
  mbPerSecond: number;
  slowest: number;
  fastest: number;
  facts: Facts;
}

/** Sums up the runs of one side. Facts that are numbers become medians, of the others the last one counts. */
export function summarise(name: string, bytes: number, runs: readonly { seconds: number; facts: Facts }[]): Measured {
  const seconds = runs.map((run) => run.seconds);
  const speed = (time: number): number => bytes / 1e6 / time;
  const facts: Facts = {};
  for (const label of Object.keys(runs[0]?.facts ?? {})) {
    const values = runs.map((run) => run.facts[label]);
    const numbers = values.filter((value): value is number => typeof value === 'number');
    facts[label] = numbers.length === values.length ? median(numbers) : String(values.at(-1));
  }
  return {
    name,
    seconds,
    mbPerSecond: speed(median(seconds)),
    slowest: speed(Math.max(...seconds)),
    fastest: speed(Math.min(...seconds)),
    facts,
  };
}

/**
 * How many times as fast as `other` `mine` was: the median over rounds of the ratio within a round, because what else
 * the computer does changes from round to round and not so much within one.
 */
export function ratio(mine: Measured, other: Measured): number {
  return median(mine.seconds.map((own, round) => (other.seconds[round] as number) / own));
}
