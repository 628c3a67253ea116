import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BackupFileError } from './errors.ts';
import { goldenFiles } from './golden/golden-files.ts';
import { bent, goldenPath, numbers, readDamaged } from './testing/damage.ts';
import { readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

// fuzz.integration.test.ts does the same at many more places.
test.each(goldenFiles)('$name, damaged anywhere, is read right or not at all', async (golden) => {
  const outcomes = await readDamaged(scene, golden, 10);
  // Damage to one superblock, and to dead space, harms nothing: half of these files are superblocks.
  expect(outcomes.refused).toBeGreaterThan(5);
  expect(outcomes.unharmed).toBeGreaterThan(5);
});

test('a health check finds damage without failing itself', async () => {
  const whole = await readFile(goldenPath('v2-merged.rvb'));
  const damaged = scene.path('checked.rvb');
  let found = 0;
  for (const at of numbers('check', 30, whole.length)) {
    await writeFile(
      damaged,
      bent(whole, at, 30, (byte) => byte ^ 0x55),
    );
    const { problems, decay } = await checkFile(damaged, { level: 'digests' });
    if (problems.length + decay.length > 0) found += 1;
    if (problems.length === 0)
      expect(sameDisks(await readPoint([damaged]), goldenFiles[3]?.contents ?? {})).toBe('same');
  }
  expect(found).toBeGreaterThan(2);
});

test('files that are no backups are refused quickly', async () => {
  const path = scene.path('foreign');
  for (const bytes of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(20_000), Buffer.from('\x89RVB\r\n\x1a\n')]) {
    await writeFile(path, bytes);
    await expect(readPoint([path])).rejects.toBeInstanceOf(BackupFileError);
  }
  await expect(readPoint([scene.folder])).rejects.toMatchObject({ code: 'not-a-backup-file' });
  await expect(readPoint(['/dev/zero'])).rejects.toMatchObject({ code: 'not-a-backup-file' });
  await copyFile(goldenPath('v2-full-zstd.rvb'), path);
  await truncate(path, 9000);
  await expect(readPoint([path])).rejects.toMatchObject({ code: 'torn' });
});
