export const gib = 2 ** 30;
export const hourMs = 3_600_000;
/** A fixed moment, so that pictures of the console do not change with the day: 20 November 2026, 14:05 UTC. */
export const seedNow = Date.UTC(2026, 10, 20, 14, 5);

export const pick = <T>(values: readonly T[], at: number): T => values[at % values.length] as T;
export const series = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
export const pad = (value: number, length: number): string => String(value).padStart(length, '0');
