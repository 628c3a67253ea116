import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { DatabaseSync } from 'node:sqlite';
import type { Database } from '../database/database.ts';
import { migrations } from '../database/migrations.ts';
import type { ChildAction } from './child-action.ts';
import { World } from './scenario.ts';
import { readBackupFileInfo } from '../backup-file/testing/by-path.ts';

// Every kind of work that changes something lasting, as a stage of one long story: each begins where the last one ended.

export interface KillStage {
  name: string;
  /** Brings the world to where the work can begin; returns the work. */
  prepare(): Promise<ChildAction>;
  /** Sites that the work must pass, so that a stage cannot quietly stop doing what it is named after. */
  passes: string[];
  /** More than the promises that hold everywhere; called after a kill, and after the next run. */
  check?(): Promise<void>;
  /** What must hold once the work has been done again. */
  after(): Promise<void>;
}

const mib = 2 ** 20;

export async function killStages(): Promise<{ world: World; stages: KillStage[] }> {
  const world = await World.create({ diskMib: 24, fillMib: 13, cartridges: 4, cartridgeMib: 8 });
  await world.makeDisk();
  const primary = await world.addRepository('primary');
  const second = await world.addRepository('second');
  const backup = await world.createBackupJob(primary);
  const copy = await world.createCopyJob(backup, second);
  let library = await world.addLibrary();
  const tape = await world.createTapeJob(backup, await world.createPool());
  let restored = '';
  let onTape: string[] = [];

  const change = async (round: number): Promise<void> => {
    await world.changeDisk(round, mib);
    await world.keep();
  };
  const keepOnDisk = async (count: number): Promise<void> => {
    const { settings, version } = await world.client.jobs.get({ id: backup });
    if (settings.kind !== 'backup') throw new Error('The backup job is no backup job.');
    await world.client.jobs.update({
      id: backup,
      version,
      settings: { ...settings, retention: { kind: 'points', count } },
    });
  };
  const pointsOnTape = async (): Promise<string[]> => (await world.points('tape')).map((point) => point.pointId).sort();
  const media = async () => (await world.client.media.list({ limit: 100 })).rows;

  await world.keep();
  await world.run(backup);

  const stages: KillStage[] = [
    {
      name: 'backup',
      async prepare() {
        await change(1);
        return { runJob: backup };
      },
      passes: ['step.backup-file.superblock', 'step.database.commit'],
      async after() {
        expect((await world.points('disk')).length).toBeGreaterThanOrEqual(2);
      },
    },
    {
      name: 'backup copy',
      prepare: async () => ({ runJob: copy }),
      passes: ['step.backup-file.superblock'],
      async after() {
        expect(await world.points('copy')).toHaveLength(1);
      },
    },
    {
      name: 'backup to tape, over two tapes',
      prepare: async () => ({ runJob: tape }),
      passes: ['step.tape.start', 'step.tape.flush', 'step.cartridge.flush', 'step.virtual-library.state'],
      check: () => world.checkTapes(),
      async after() {
        onTape = await pointsOnTape();
        for (const point of await world.points('disk')) expect(onTape).toContain(point.pointId);
        const used = (await media()).filter((medium) => medium.usedBytes > 0);
        expect(used.length).toBeGreaterThanOrEqual(2);
      },
    },
    {
      name: 'restore from tape',
      async prepare() {
        restored = await world.addRepository('restored');
        return {
          restoreFromTape: {
            pointIds: (await world.points('tape')).map((point) => point.id),
            repositoryId: restored,
          },
        };
      },
      passes: ['step.restore.sync', 'step.restore.rename'],
      async after() {
        expect((await world.points('imported')).length).toBe(onTape.length);
      },
    },
    {
      name: 'merge',
      async prepare() {
        await world.removeRepository(restored, 'restored');
        await change(2);
        await keepOnDisk(1);
        return { runJob: backup };
      },
      passes: ['step.backup-file.superblock', 'step.merge.remove'],
      async after() {
        expect((await world.points('disk')).length).toBe(1);
      },
    },
    {
      name: 'merge and compact',
      async prepare() {
        // Everything changes: after the merge more than half of the full is dead.
        await world.makeDisk('another');
        await world.keep();
        return { runJob: backup };
      },
      passes: ['step.backup-file.superblock', 'step.merge.remove', 'step.backup-file.rename'],
      async after() {
        const [full, ...more] = await world.points('disk');
        expect(more).toEqual([]);
        // After a kill the next run merges once more, and need not compact again for the little that this leaves.
        const { deadBytes, fileSizeBytes } = await readBackupFileInfo(full?.path ?? '');
        expect(deadBytes / fileSizeBytes).toBeLessThan(0.4);
      },
    },
    {
      name: 'catalogue without a database',
      async prepare() {
        await world.reopenWithoutDatabase();
        library = await world.addLibrary();
        await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
        return { catalog: { libraryId: library } };
      },
      passes: ['step.database.commit', 'step.virtual-library.state'],
      check: () => world.checkTapes(),
      async after() {
        expect(await pointsOnTape()).toEqual(onTape);
      },
    },
    {
      name: 'erase of both tapes',
      async prepare() {
        const used = (await media()).filter((medium) => medium.usedBytes > 0);
        expect(used.length).toBeGreaterThanOrEqual(2);
        return { erase: { mediaIds: used.map((medium) => medium.id), confirm: 'ERASE' } };
      },
      passes: ['step.tape.erase', 'step.database.commit'],
      async check() {
        // What an interrupted erase left is known once the labels have been read again.
        await world.ended((await world.client.tape.inventory({ id: library })).sessionId);
        await world.checkTapes();
      },
      async after() {
        expect(await pointsOnTape()).toEqual([]);
        expect((await media()).every((medium) => medium.usedBytes === 0)).toBe(true);
      },
    },
    {
      name: 'migration of the database',
      async prepare() {
        await world.engine.close();
        await world.clearDataDirectory();
        const old = new DatabaseSync(world.databasePath);
        old.exec(`${migrations[0]}; PRAGMA user_version = 1;`);
        old.exec(`INSERT INTO audit (at, who, action, object) VALUES (1, 'old', 'kept', 'row')`);
        old.close();
        return { open: true };
      },
      passes: ['step.database.commit'],
      async after() {
        const database = world.engine.services.commits as Database;
        const { user_version } = database.get<{ user_version: number }>('PRAGMA user_version') ?? {};
        expect(user_version).toBe(migrations.length);
        expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
        expect(database.all("SELECT object FROM audit WHERE who = 'old'")).toEqual([{ object: 'row' }]);
      },
    },
  ];
  return { world, stages };
}

/** Files in repositories that are neither backup files nor what describes them: there must be none when a run has ended. */
export async function leftovers(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['primary', 'second', 'restored', 'library']) {
    const names = await readdir(world.path(folder), { recursive: true }).catch(() => []);
    found.push(...names.filter((name) => /\.(partial|new|compact|tmp)$/.test(name)).map((name) => `${folder}/${name}`));
  }
  return found;
}
