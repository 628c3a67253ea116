import { openDisk } from './open-disk.ts';
import { SourceError } from './source-error.ts';
import type { SourceSpec } from './kinds/kind.ts';

/**
 * Throws {@link SourceError} `format` for the first disk that no backup could be made of whatever happens until then.
 * Disks that are away or cannot be read now pass, and so do those not reached within the limit: the run looks again.
 */
export async function refuseContainers(
  machines: readonly { disks: readonly SourceSpec[] }[],
  limitMs = 10_000,
): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  const late = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
  for (const disk of machines.flatMap((machine) => machine.disks)) {
    await Promise.race([late, refuseContainer(disk)]);
    if (limit.aborted) return;
  }
}

async function refuseContainer(spec: SourceSpec): Promise<void> {
  try {
    await (await openDisk(spec)).close(false);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'format') throw error;
  }
}
