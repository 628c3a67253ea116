import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from './bench.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import type { Facts } from './measure.ts';
import { diskImage } from './stage.ts';

/** A disk image, and an engine that knows nothing yet. */
export class Scene {
  readonly folder: string;
  readonly image: string;
  readonly engine: EngineUnderTest;
  #names = 0;

  private constructor(folder: string, image: string, engine: EngineUnderTest) {
    this.folder = folder;
    this.image = image;
    this.engine = engine;
  }

  /** Makes the image unless an earlier run has (or takes that one), and starts an engine on an empty data directory. */
  static async open(context: BenchContext, of: { image?: string } = {}): Promise<Scene> {
    if (of.image === undefined) context.say('Making the disk image');
    const image = of.image ?? (await diskImage(context.folder, context.sizeBytes));
    const folder = join(context.folder, 'scene');
    await rm(folder, { recursive: true, force: true });
    return new Scene(folder, image, await EngineUnderTest.open(join(folder, 'data')));
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A name that was not used before. */
  fresh(stem: string): string {
    this.#names += 1;
    return `${stem} ${this.#names}`;
  }

  async addRepository(name: string): Promise<string> {
    const added = await this.engine.call((client) => client.repositories.add, {
      settings: { name, place: { kind: 'directory', path: this.path(name) } },
    });
    if (added.sessionId) await this.engine.ended(added.sessionId);
    return added.id;
  }

  /** A job that backs up disks, each a machine of its own. */
  async backupJob(repositoryId: string, disks: readonly string[] = [this.image]): Promise<string> {
    const name = this.fresh('Backup');
    const machines = disks.map((path, index) => ({
      name: `machine-${index + 1}`,
      platform: 'proxmox-ve' as const,
      disks: [{ path, name: 'scsi0' }],
    }));
    const settings = { kind: 'backup' as const, name, machines, repositoryId, retry: { count: 0, waitMinutes: 1 } };
    return (await this.engine.call((client) => client.jobs.create, { settings })).id;
  }

  async copyJob(backupJobId: string, repositoryId: string): Promise<string> {
    const { id } = await this.engine.call((client) => client.jobs.create, {
      settings: {
        kind: 'backup-copy',
        name: this.fresh('Copy'),
        schedule: { kind: 'manual' },
        sources: { jobIds: [backupJobId] },
        repositoryId,
      },
    });
    return id;
  }

  /** A virtual library with this many cartridges, each larger than anything that is written here. */
  async addLibrary(cartridges: number, drives = 1): Promise<string> {
    const path = this.path('library');
    const library = await this.engine.call((client) => client.tape.addVirtual, {
      settings: { name: 'Library', path, drives, slots: cartridges + 1, cartridges, cartridgeCapacityBytes: 2 ** 40 },
    });
    if (library.sessionId) await this.engine.ended(library.sessionId);
    return path;
  }

  /** A pool of its own and a job that writes the backups of another job to it: on a fresh tape. */
  async tapeJob(backupJobId: string, allocation: 'session' | 'continue' = 'session'): Promise<string> {
    const pool = await this.engine.call((client) => client.pools.create, {
      settings: { name: this.fresh('Pool'), allocation: { kind: allocation } },
    });
    const job = await this.engine.call((client) => client.jobs.create, {
      settings: {
        kind: 'backup-to-tape',
        name: this.fresh('To tape'),
        sources: { jobIds: [backupJobId] },
        fullPoolId: pool.id,
      },
    });
    return job.id;
  }

  /** Brings every restore point on tape back into a new repository. */
  async restoreFromTape(): Promise<void> {
    const repositoryId = await this.addRepository(this.fresh('restored'));
    const { rows } = await this.engine.call((client) => client.backups.points, { origin: 'tape', limit: 1000 });
    const pointIds = rows.map((point) => point.id);
    const { sessionId } = await this.engine.call((client) => client.restores.fromTape, { pointIds, repositoryId });
    await this.engine.ended(sessionId);
  }

  /** Runs a job to its end and tells what the engine needed for it. */
  async run(jobId: string): Promise<Facts> {
    await this.engine.reset();
    const { sessionId } = await this.engine.call((client) => client.jobs.run, { id: jobId });
    await this.engine.ended(sessionId);
    return this.usage();
  }

  async usage(): Promise<Facts> {
    const { cpuSeconds, peakRssBytes, loopMaxMs, longestTickMs } = await this.engine.usage();
    return {
      'CPU s': cpuSeconds,
      'peak RSS MiB': peakRssBytes / 2 ** 20,
      'loop delay ms': loopMaxMs,
      'tick CPU ms': longestTickMs,
    };
  }
}

/** The backup files below a folder. */
export async function backupFiles(folder: string): Promise<{ path: string; sizeBytes: number }[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.rvb')).map((name) => join(folder, name));
  return Promise.all(paths.map(async (path) => ({ path, sizeBytes: (await stat(path)).size })));
}
