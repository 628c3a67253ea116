/**
 * Makes the golden files of the current format version; run once per version with Node, in this directory. Refuses to
 * replace a file.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDisk } from '../../sources/open-disk.ts';
import { closeBackupFileWorkers } from '../workers.ts';
import { goldenFiles, workedExample } from './golden-files.ts';
import { workedExampleBytes } from './worked-example.ts';
import { type BackupByPath, mergeIntoFull, writeBackup } from '../testing/by-path.ts';

const here = import.meta.dirname;
const contentsOf = (name: string): Record<string, Buffer> =>
  goldenFiles.find((file) => file.name === name)?.contents ?? {};
const scratch = await mkdtemp(join(tmpdir(), 'rv-golden-'));

async function make(name: string, options: Partial<BackupByPath>): Promise<string> {
  const disks = [];
  for (const [objectId, content] of Object.entries(contentsOf(name))) {
    const path = join(scratch, `${objectId}.img`);
    await writeFile(path, content);
    disks.push({ objectId, name: `Disk ${objectId}`, source: await openDisk({ path }) });
  }
  const targetPath = join(here, name);
  const { chainUuid } = workedExample;
  const metadata = { ...workedExample.metadata, blockSizeBytes: 256 * 1024 };
  await writeBackup({ targetPath, chain: [], kind: 'full', chainUuid, metadata, disks, codec: 'zstd', ...options });
  for (const { source } of disks) await source.close(true);
  return targetPath;
}

await writeFile(join(here, 'v2-worked-example.rvb'), workedExampleBytes(), { flag: 'wx' });
const full = await make('v2-full-zstd.rvb', {});
const increment = await make('v2-increment-lz4.rvb', { chain: [full], kind: 'increment', codec: 'lz4' });
const merged = join(here, 'v2-merged.rvb');
const child = join(scratch, 'child.rvb');
await copyFile(full, merged);
await copyFile(increment, child);
await mergeIntoFull({ fullPath: merged, incrementPath: child });
await make('v2-encrypted.rvb', {
  encryption: { passphrase: 'golden', passphraseWorkFactor: 10 },
});
await rm(scratch, { recursive: true });
await closeBackupFileWorkers();
