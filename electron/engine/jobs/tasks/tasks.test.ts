import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBackupFileWorkers } from '../../backup-file/workers.ts';
import { blockBytes, disk, flipByte, readPoint, sameDisks, Scene } from '../../backup-file/testing/scene.ts';
import { LocalPlace } from '../../files/local-file.ts';
import type { PartReport } from '../../pipeline/progress.ts';
import { type BackupCommit, type BackupTask, runBackupTask } from './backup-task.ts';
import { type CopyCommit, type CopyTask, runCopyTask } from './copy-task.ts';
import { type RestoreDiskTask, runRestoreDiskTask } from './restore-disk-task.ts';
import type { RepositoryReach, RunTask, Serialisable, TaskPorts } from './task-ports.ts';
import { runVerifyTask, type VerifyTask } from './verify-task.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

/** Repositories are folders below the scene's, named by their id: a host that has nothing but files. */
const reach: RepositoryReach = {
  requireAvailable: async (id) => void (await stat(join(scene.folder, id))),
  requireWritable: async () => {},
  place: (id, path) => new LocalPlace(join(scene.folder, id, path)),
  newFilePath: async (id, folder, machineName, createdAt, kind) => {
    const path = `${folder}/${machineName}-${createdAt}-${kind}.rvb`;
    await mkdir(dirname(join(scene.folder, id, path)), { recursive: true });
    return path;
  },
};

/** Runs a task as another process would get it: what does not survive JSON is not there. */
async function elsewhere<Task, Commit, Result>(
  run: RunTask<Task, Commit, Result>,
  task: Serialisable<Task>,
  of: { signal?: AbortSignal; onCommit?: (commit: Commit) => void } = {},
) {
  const commits: Commit[] = [];
  const log: string[] = [];
  const reports: PartReport[] = [];
  const ports: TaskPorts<Commit> = {
    progress: (report) => reports.push({ ...report }),
    log: (_level, text) => log.push(text),
    commit: async (commit) => {
      commits.push(structuredClone(commit));
      of.onCommit?.(commit);
    },
    now: () => 1_700_000_000_000,
    repositories: reach,
  };
  const value = JSON.parse(JSON.stringify(task)) as Serialisable<Task>;
  const result = await run(structuredClone(value), ports, of.signal ?? new AbortController().signal);
  return { result, commits, log, reports };
}

const here = (path: string) => ({ repositoryId: '.', path: path.slice(scene.folder.length + 1) });

async function copyOf(contents: Record<string, Buffer>[]): Promise<CopyTask> {
  const chain: string[] = [];
  const points: CopyTask['points'] = [];
  for (const [index, content] of contents.entries()) {
    const info = await scene.backUp(content, chain.length > 0 ? chain : []);
    chain.unshift(info.path);
    points.push({
      pointUuid: info.metadata.pointUuid,
      createdAt: 1_700_000_000_000 + index,
      kind: index === 0 ? 'full' : 'increment',
      sources: chain.map(here),
      take: 1,
      chainUuid: '5f0f1ad2-7d8c-4d3a-9d6e-0d7c2f1f8a11',
      folder: 'copies',
      neededBytes: 0,
      totalBytes: info.metadata.objects.reduce((sum, object) => sum + object.sizeBytes, 0),
      reason: 'First copy.',
    });
  }
  return {
    machine: { id: 'm1', name: 'erp-01', platform: 'proxmox-ve' },
    job: { id: 'j1', name: 'Copy' },
    targetRepositoryId: `second-${points.length}-${chain.length}`,
    codec: 'keep',
    keys: {},
    points,
  };
}

test('a copy needs its value, ports and nothing else: each point is committed once it is whole', async () => {
  const contents = [{ a: disk('aB.cD') }, { a: disk('aX.cD') }, { a: disk('aXYcD') }];
  const task = await copyOf(contents);
  const committed: string[] = [];
  const { commits, reports } = await elsewhere(runCopyTask, task, {
    onCommit: ({ file }: CopyCommit) => committed.push(file.path),
  });
  const paths = commits.map(({ file }) => reach.place(file.repositoryId, file.path).name);
  expect(committed).toHaveLength(3);
  for (const [index, content] of contents.entries()) {
    expect(sameDisks(await readPoint(paths.slice(0, index + 1).toReversed()), content)).toBe('same');
  }
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const last = reports.at(-1);
  expect(last).toMatchObject({ totalBytes: 15 * blockBytes, processedBytes: 15 * blockBytes });
  expect(last?.transferredBytes).toBeGreaterThan(0);
  expect(last?.transferredBytes).toBeLessThanOrEqual(sizes.reduce((sum, size) => sum + size, 0));
  for (const [index, report] of reports.entries()) {
    for (const name of ['processedBytes', 'readBytes', 'transferredBytes'] as const) {
      expect(report[name] ?? 0).toBeGreaterThanOrEqual(reports[index - 1]?.[name] ?? 0);
    }
  }
});

test('a copy that is cancelled after its first commit leaves that point and nothing half-made', async () => {
  const task = { ...(await copyOf([{ a: disk('aBcD') }, { a: disk('aXcD') }])), targetRepositoryId: 'stopped' };
  const stop = new AbortController();
  const running = elsewhere(runCopyTask, task, {
    signal: stop.signal,
    onCommit: () => stop.abort(new Error('Stopped by request.')),
  });
  await expect(running).rejects.toThrow('Stopped by request.');
  const left = await readdir(join(scene.folder, 'stopped', 'copies'));
  expect(left).toHaveLength(1);
  expect(left.some((name) => name.endsWith('.partial'))).toBe(false);
});

test('a backup task makes a full and an increment of its sources, from the value alone', async () => {
  const contents = { a: disk('aB.c') };
  const path = join(scene.folder, 'source.img');
  await writeFile(path, contents.a);
  const value: BackupTask = {
    machine: { id: 'm1', name: 'erp-01', platform: 'proxmox-ve' },
    disks: [{ path, name: 'a' }],
    job: { id: 'j1', name: 'Nightly' },
    pointUuid: '0d3a3c51-5f0e-4f43-93f4-3d6f6f1b7d01',
    createdAt: 1_700_000_000_000,
    repositoryId: 'primary',
    folder: 'erp-01',
    chainUuid: '5f0f1ad2-7d8c-4d3a-9d6e-0d7c2f1f8a12',
    base: null,
    blockSizeBytes: blockBytes,
    codec: 'zstd',
    keys: {},
  };
  const full = await elsewhere(runBackupTask, value);
  const files = full.commits.map(({ file }: BackupCommit) => file);
  const increment = await elsewhere(runBackupTask, {
    ...value,
    pointUuid: '0d3a3c51-5f0e-4f43-93f4-3d6f6f1b7d02',
    createdAt: value.createdAt + 1,
    base: { pointUuid: value.pointUuid, files },
  });
  const chain = [...increment.commits.map(({ file }: BackupCommit) => file), ...files];
  const paths = chain.map((file) => join(scene.folder, file.repositoryId, file.path));
  expect(sameDisks(await readPoint(paths), contents)).toBe('same');
  expect(full.log.join()).toContain('Full of 1 MiB');
  expect(increment.log.join()).toContain('Increment of 1 MiB');
  expect(full.reports.at(-1)).toMatchObject({ processedBytes: 4 * blockBytes, totalBytes: 4 * blockBytes });
});

test('a verify task commits what it finds damaged, and nothing where all is well', async () => {
  const info = await scene.backUp({ a: disk('aBc') });
  const file = here(info.path);
  const value: VerifyTask = { file, level: 'checksums', keys: {} };
  expect(await elsewhere(runVerifyTask, value)).toMatchObject({ result: null, commits: [] });
  await flipByte(info.path, 12_000);
  const { result, commits, log } = await elsewhere(runVerifyTask, value);
  expect(result).toContain('problems found');
  expect(commits).toEqual([{ damaged: file, reason: result }]);
  expect(log.length).toBeGreaterThan(0);
});

test('a restore task writes a disk where its host is told to', async () => {
  const contents = { a: disk('aB.c') };
  const info = await scene.backUp(contents);
  const targetPath = join(scene.folder, 'restored', 'a.raw');
  const value: RestoreDiskTask = {
    files: [here(info.path)],
    diskId: 'a',
    targetPath,
    overwrite: false,
    keys: {},
  };
  const { reports } = await elsewhere(runRestoreDiskTask, value);
  expect((await readFile(targetPath)).equals(contents.a)).toBe(true);
  expect(reports.at(-1)).toMatchObject({ processedBytes: 4 * blockBytes });
});
