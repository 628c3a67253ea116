import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlannedFault } from '../../faults/fault-points.ts';
import { lengthAt } from './testing/tape-writer.ts';
import { numberedRecord, type TemporaryLibrary, temporaryLibrary } from './testing/temporary-library.ts';

const limitBlocks = 400;
let temporary: TemporaryLibrary;

beforeEach(async () => {
  temporary = await temporaryLibrary({ shape: { cartridgeCapacityBytes: 64 * 1_048_576 } });
  await temporary.library.close();
});
afterEach(() => temporary.close());

/** Runs the writer until it ends or is killed. */
async function runWriter(
  fault?: PlannedFault,
  killWhen?: (output: string) => boolean,
): Promise<{ output: string; killed: boolean }> {
  const env = { ...process.env, REELVAULT_FAULTS: fault ? JSON.stringify([fault]) : '' };
  const program = join(import.meta.dirname, 'testing', 'tape-writer.ts');
  const child = spawn(process.execPath, [program, temporary.directory, String(limitBlocks)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (killWhen?.(output)) child.kill('SIGKILL');
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => resolve(signal));
  });
  return { output, killed: signal === 'SIGKILL' };
}

function promised(output: string): number {
  return Math.max(0, ...[...output.matchAll(/^flushed (\d+)$/gm)].map((match) => Number(match[1])));
}

/** Opens the library after the crash and reads everything: a beginning of what was written, and all that was flushed. */
async function checkTape(leastBlocks: number): Promise<number> {
  await temporary.reopen();
  const { changer, drive } = temporary;
  const held = (await changer.elementStatus()).filter((element) => element.barcode === 'RV0001L8');
  expect(held).toHaveLength(1);
  if (held[0]?.type === 'slot') await changer.move(held[0].address, 256);
  await drive.load();
  const buffer = Buffer.alloc(65_536);
  for (let block = 0; ; block++) {
    const read = await drive.readRecord(buffer);
    if (read.kind === 'end-of-data' || read.kind === 'blank') {
      expect(block).toBeGreaterThanOrEqual(leastBlocks);
      await drive.unload();
      await changer.move(256, 4096);
      return block;
    }
    const length = lengthAt(block);
    expect(read).toEqual(length === undefined ? { kind: 'filemark' } : { kind: 'record', length });
    if (length !== undefined) expect(buffer.subarray(0, length).equals(numberedRecord(block, length))).toBe(true);
  }
}

const steps = ['step.cartridge.flush', 'step.cartridge.index', 'step.virtual-library.state', 'fs.write'];
const kills = steps.flatMap((site) =>
  (site === 'fs.write' ? (['before'] as const) : (['before', 'after'] as const)).flatMap((when) =>
    [1, 2, 5].map((nth) => ({ site, when, nth, effect: { kind: 'kill' } as const })),
  ),
);

test('killed at every durable step: what was flushed is there, the lock is broken, writing goes on', async () => {
  let fired = 0;
  for (const fault of kills) {
    const { output, killed } = await runWriter(fault);
    if (!killed) continue;
    fired += 1;
    const found = await checkTape(promised(output));
    expect(found).toBeLessThanOrEqual(limitBlocks);
    await temporary.library.close();
    // A run that is left alone finishes the tape; the next one begins with an empty one.
    expect((await runWriter()).output).toContain('done');
    expect(await checkTape(limitBlocks)).toBe(limitBlocks);
    await temporary.loadFirst();
    await temporary.drive.erase();
    await temporary.drive.unload();
    await temporary.changer.move(256, 4096);
    await temporary.library.close();
  }
  // Only the state of the library is not written five times in one run.
  expect(fired).toBe(kills.length - 2);
});

test.each([1, 3, 6])('killed in the middle of writing, after %i flushes', async (flushes) => {
  const { output, killed } = await runWriter(undefined, (output) => output.split('\n').length > flushes);
  expect(killed).toBe(true);
  expect(promised(output)).toBeGreaterThanOrEqual(24 * flushes);
  await checkTape(promised(output));
});
