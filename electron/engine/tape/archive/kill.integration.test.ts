import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { PlannedFault } from '../../faults/fault-points.ts';
import type { TapeCatalogue } from './documents.ts';
import { catalogueTape } from './scan.ts';
import { restoreSlices } from './tape-reader.ts';
import type { ChildState } from './testing/kill-child.ts';
import { sampleBytes } from './testing/sample-session.ts';
import { VirtualTapes } from './testing/virtual-tapes.ts';
import { slowness } from '../../testing/slow-computer.ts';

const MiB = 1024 * 1024;
const child = fileURLToPath(new URL('testing/kill-child.ts', import.meta.url));

/** Runs one session in a process of its own; resolves with how it ended. */
function runSession(
  root: string,
  session: number,
  faults: PlannedFault[],
): Promise<{ killed: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, REELVAULT_FAULTS: JSON.stringify(faults) };
    const running = spawn(process.execPath, [child, root, String(session)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    running.stdout.on('data', (text: Buffer) => (output += text.toString()));
    running.stderr.on('data', (text: Buffer) => (output += text.toString()));
    const limit = setTimeout(() => running.kill('SIGTERM'), 60_000 * slowness);
    running.on('error', reject);
    running.on('exit', (code, signal) => {
      clearTimeout(limit);
      if (code === 0 || signal === 'SIGKILL') resolve({ killed: signal === 'SIGKILL', output });
      else reject(new Error(`The session ended with ${code ?? signal}: ${output}`));
    });
  });
}

/** What stands on the tape after all, restored and compared; returns its points. */
async function inspect(root: string): Promise<{ catalogue: TapeCatalogue; points: string[] }> {
  const tapes = await VirtualTapes.open(root);
  try {
    await tapes.load(1);
    const catalogue = await catalogueTape(tapes.drive);
    const scanned = await catalogueTape(tapes.drive, { method: 'scan' });
    const points = catalogue.sessions.flatMap((session) => session.points);
    expect(scanned.sessions.flatMap((session) => session.points)).toEqual(points);
    const restored = new Map(points.map((point) => [point.fileUuid, Buffer.alloc(point.file.sizeBytes)]));
    const { failed } = await restoreSlices(tapes.drive, {
      tapeUuid: catalogue.tape.uuid,
      slices: points.flatMap((point) => point.slices),
      sink: (fileUuid) => ({ write: async (buffer, position) => restored.get(fileUuid)?.set(buffer, position) }),
    });
    expect(failed).toEqual([]);
    for (const point of points) {
      const [, session, number] = /^point-(\d)-(\d)$/.exec(point.uuid) ?? [];
      const bytes = sampleBytes(170 * 1024 * Number(number), Number(session) * 10 + Number(number));
      expect(restored.get(point.fileUuid)?.equals(bytes)).toBe(true);
    }
    return { catalogue, points: points.map(({ uuid }) => uuid) };
  } finally {
    await tapes.library.close();
  }
}

const sites = ['step.tape.start', 'step.tape.flush', 'step.cartridge.flush', 'step.cartridge.index', 'tape.write'];
/** `REELVAULT_KILL_ALL=1` kills at every passage; otherwise at some. */
const stride = process.env.REELVAULT_KILL_ALL ? 1 : 4;

/** Kills the first session at the nth passage of a site, runs a second one and checks what is on the tape; false where there was no such passage. */
async function killAndGoOn(fault: Omit<PlannedFault, 'effect'>): Promise<boolean> {
  const tapes = await VirtualTapes.create({ tapes: 1, capacityBytes: 64 * MiB, earlyWarningBytes: 8 * MiB });
  await tapes.library.close();
  const statePath = join(tapes.root, 'state.json');
  try {
    const { killed } = await runSession(tapes.root, 1, [{ ...fault, effect: { kind: 'kill' } }]);
    if (!killed) return false;
    const known = await readFile(statePath, 'utf8').catch(() => undefined);
    const before = known ? (JSON.parse(known) as ChildState) : { committed: [] };
    if ('tape' in before) {
      const { points } = await inspect(tapes.root);
      expect({ fault, points }).toEqual({ fault, points: expect.arrayContaining(before.committed) });
    }
    await runSession(tapes.root, 2, []);
    const after = JSON.parse(await readFile(statePath, 'utf8')) as ChildState;
    const { points, catalogue } = await inspect(tapes.root);
    expect({ fault, points }).toEqual({ fault, points: after.committed });
    expect(points).toEqual(expect.arrayContaining([...before.committed, 'point-2-1', 'point-2-2', 'point-2-3']));
    expect(catalogue.endBlock).toBe(after.tape?.endBlock);
    return true;
  } finally {
    await rm(tapes.root, { recursive: true });
  }
}

test('killed at any durable step, the tape keeps every committed point and the next session goes on', async () => {
  let kills = 0;
  for (const site of sites) {
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; await killAndGoOn({ site, when, nth }); nth += stride) kills += 1;
    }
  }
  expect(kills).toBeGreaterThanOrEqual(9);
});
