import { availableParallelism, loadavg } from 'node:os';

/**
 * How many times as long as on an idle computer with two cores a test may take. Limits find hangs; whoever is only slow shall
 * be slow and not failed. `REELVAULT_SLOW` gives it; else it follows what the computer had to do when the tests began.
 * Nothing is measured against it: a test that proves a speed says so itself.
 */
export function slownessOf(given: string | undefined, loadPerCore: number): number {
  if (given === undefined || given === '') return Math.min(20, Math.max(3, Math.ceil(3 * loadPerCore)));
  const slowness = Number(given);
  if (!(slowness >= 1 && slowness <= 1000)) {
    throw new Error(`REELVAULT_SLOW takes a number from 1 to 1000, not "${given}".`);
  }
  return slowness;
}

export const slowness: number = slownessOf(process.env.REELVAULT_SLOW, loadavg()[0]! / availableParallelism());
// Whatever is started from here keeps to the same.
process.env.REELVAULT_SLOW = String(slowness);
