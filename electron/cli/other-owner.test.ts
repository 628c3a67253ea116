import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { refuseForeignDataDir } from './other-owner.ts';

test.skipIf(process.getuid?.() !== 0)('root opens no engine on another user’s data directory', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelvault-owner-'));
  try {
    await refuseForeignDataDir(folder);
    await refuseForeignDataDir(path.join(folder, 'not there yet'));
    await chown(folder, 65_534, 65_534);
    await expect(refuseForeignDataDir(folder)).rejects.toThrow(/belongs to another user \(id 65534\)/);
    // That user, or any other one, is not our affair: the folder's permissions decide.
    await refuseForeignDataDir(folder, 65_534);
  } finally {
    await rm(folder, { recursive: true });
  }
});
