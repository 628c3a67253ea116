import { type Measured, ratio, rounds, type Side, summarise } from './measure.ts';
import { settle } from './stage.ts';

export interface BenchContext {
  /** A folder of its own on the file system that is measured; what is expensive to make is kept in it. */
  folder: string;
  /** Of the data set; where a bench has a size. */
  sizeBytes: number;
  /** How often every side runs. */
  pairs: number;
  /** How long idle processors are waited for before each run. */
  idleWaitMs: number;
  /** One line of progress. */
  say(line: string): void;
}

export interface Bench {
  about: string;
  run(context: BenchContext): Promise<Section[]>;
}

/** One table of the report. */
export interface Section {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** Each a limit and whether it was kept. */
  targets: Target[];
}

export interface Target {
  what: string;
  measured: number;
  limit: number;
  kept: boolean;
}

/** Kept when `measured` is at least `limit`, or at most where `limit` is an upper one. */
export function target(what: string, measured: number, how: { atLeast: number } | { atMost: number }): Target {
  return 'atLeast' in how
    ? { what, measured, limit: how.atLeast, kept: measured >= how.atLeast }
    : { what, measured, limit: how.atMost, kept: measured <= how.atMost };
}

/** Runs all sides in rounds, each run after the same warm-up, and compares every other side with the first. */
export async function compare(
  context: BenchContext,
  title: string,
  of: { sides: Side[]; reads: string[]; targets: Record<string, number> },
): Promise<Section> {
  const runs = new Map<string, { seconds: number; facts: Record<string, number | string> }[]>();
  for (const [round, sides] of rounds(of.sides, context.pairs).entries()) {
    for (const side of sides) {
      await side.prepare?.();
      await settle(context.folder, of.reads, context.idleWaitMs);
      const from = performance.now();
      const facts = (await side.run()) ?? {};
      const seconds = (performance.now() - from) / 1000;
      await side.finish?.();
      runs.set(side.name, [...(runs.get(side.name) ?? []), { seconds, facts }]);
      const speed = Math.round(side.bytes / 1e6 / seconds);
      context.say(`${title}, round ${round + 1} of ${context.pairs}: ${side.name} ${speed} MB/s`);
    }
  }
  const measured = of.sides.map((side) => summarise(side.name, side.bytes, runs.get(side.name) ?? []));
  const [mine, ...others] = measured as [Measured, ...Measured[]];
  const labels = [...new Set(measured.flatMap((each) => Object.keys(each.facts)))];
  const fact = (value: string | number | undefined): string | number =>
    typeof value === 'number' ? Number(value.toPrecision(3)) : (value ?? '');
  return {
    title,
    columns: ['', 'MB/s (median)', 'slowest', 'fastest', `${mine.name} is`, ...labels],
    rows: measured.map((each) => [
      each.name,
      Math.round(each.mbPerSecond),
      Math.round(each.slowest),
      Math.round(each.fastest),
      each === mine ? '' : `${ratio(mine, each).toFixed(2)} x`,
      ...labels.map((label) => fact(each.facts[label])),
    ]),
    targets: others.flatMap((other) => {
      const limit = of.targets[other.name];
      return limit === undefined
        ? []
        : [target(`${title}: times ${other.name}`, ratio(mine, other), { atLeast: limit })];
    }),
  };
}
