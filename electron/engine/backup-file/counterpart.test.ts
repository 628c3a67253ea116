import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Codec,
  type FileOptions,
  mergeInto,
  type PlannedPoint,
  writeFull,
  writeIncrement,
} from '../../../build/counterparts/backup-file-writer.ts';
import { createKeySection } from './key-section.ts';
import type { Keys } from './restore-point.ts';
import { fingerprintOf } from './superblock.ts';
import { blockBytes, disk, noise, prose, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { checkPoint, readBackupFileInfo } from './testing/by-path.ts';

/** Files that a writer made which shares no code with the engine, from docs/format-2.md alone. */
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(() => scene.remove());

const first = { sda: Buffer.concat([disk('AB.A'), noise('tail', 700)]), sdb: prose('second disk', 3000) };
const second = { sda: Buffer.concat([disk('.BCA'), noise('tail', 300)]), sdc: Buffer.alloc(blockBytes + 5) };
const third = { sda: disk('.BC'), sdc: Buffer.alloc(3 * blockBytes, 7) };
const chainUuid = randomBytes(16);

function point(contents: Record<string, Buffer>): PlannedPoint {
  return {
    pointUuid: randomBytes(16),
    createdAtMs: Date.UTC(2026, 10, 29),
    machine: { id: 'm1', name: 'web-01', platform: 'generic' },
    job: { id: 'j1', name: 'Nightly' },
    objects: Object.entries(contents).map(([id, bytes]) => ({ id, name: `Disk ${id}`, kind: 'disk', bytes })),
  };
}

async function options(codec: Codec, encrypted: boolean): Promise<{ made: () => FileOptions; keys: Keys }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32) };
  const material = encrypted
    ? await createKeySection({ passphrase: 'counterpart', passphraseWorkFactor: 10 })
    : undefined;
  const encryption = material && { fileKey: Buffer.from(material.fileKey), keySection: Buffer.from(material.section) };
  return {
    made: () => ({
      fileUuid: randomBytes(16),
      chainUuid,
      blockSizeBytes: blockBytes,
      codec,
      ...(encryption ? { encryption } : {}),
      signer,
    }),
    keys: { passphrases: ['counterpart'] },
  };
}

test.each([
  ['none', false],
  ['zstd', false],
  ['lz4', true],
  ['zstd', true],
] as const)('the engine reads what the counterpart wrote: %s, encrypted %s', async (codec, encrypted) => {
  const { made, keys } = await options(codec, encrypted);
  const full = writeFull(point(first), made());
  const one = writeIncrement(point(second), made(), full);
  const two = writeIncrement(point(third), made(), one);
  const merged = mergeInto(full, one);
  const paths: string[] = [];
  for (const [name, file] of Object.entries({ full, one, two, merged })) {
    const path = scene.path(`${codec}-${encrypted}-${name}.rvb`);
    await writeFile(path, file.bytes);
    paths.push(path);
  }
  const [fullPath = '', onePath = '', twoPath = '', mergedPath = ''] = paths;
  for (const [files, contents, state] of [
    [[fullPath], first, full.state],
    [[onePath, fullPath], second, one.state],
    [[twoPath, onePath, fullPath], third, two.state],
    [[mergedPath], second, one.state],
    [[twoPath, mergedPath], third, two.state],
  ] as const) {
    expect(sameDisks(await readPoint([...files], keys), contents)).toBe('same');
    const report = await checkPoint([...files], { level: 'digests', keys });
    expect(report.problems).toEqual([]);
    expect(report.decay).toEqual([]);
    expect(report.state).toBe(state.toString('hex'));
  }
  const info = await readBackupFileInfo(mergedPath, keys);
  expect(info.signer).toBe(fingerprintOf(made().signer?.publicKey ?? Buffer.alloc(0)));
  // The increment's parent is the full's point in the state before the merge.
  await expect(readPoint([onePath, mergedPath], keys)).rejects.toThrow('do not belong together');
});
