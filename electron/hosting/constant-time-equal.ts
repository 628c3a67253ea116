import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not depend on where two texts differ. */
export function equalInConstantTime(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  // Compared with itself when the lengths differ, so that the length costs no less.
  return timingSafeEqual(a.length === b.length ? a : b, b) && a.length === b.length;
}
