import { afterAll, beforeAll, expect, test } from 'vitest';
import { goldenFiles } from './golden/golden-files.ts';
import { readDamaged } from './testing/damage.ts';
import { Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

test.each(goldenFiles)('$name, damaged at very many places, is read right or not at all', async (golden) => {
  const outcomes = await readDamaged(scene, golden, 150);
  expect(outcomes.refused).toBeGreaterThan(75);
  expect(outcomes.unharmed).toBeGreaterThan(75);
});
