import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient, type RouterClient } from '@orpc/server';
import { administrator } from '../../../shared/domain/rights.ts';
import { type Engine, openEngine } from '../engine.ts';
import type { Clock } from '../faults/clock.ts';
import { changeSampleDisk, makeSampleDisk } from '../jobs/sample-disk.ts';
import type { RepositoryKinds } from '../repository/kinds/repository-kinds.ts';

// What integration tests share: a world of real files (disks, repositories, a virtual library) and the engine on it,
// spoken to through the contract.

const mib = 2 ** 20;

export type Client = RouterClient<Engine['router']>;

export interface WorldOptions {
  diskMib: number;
  fillMib: number;
  cartridges: number;
  cartridgeMib: number;
  drives?: number;
  /** Time as the engine sees it; default: the real one. */
  clock?: Clock;
  /** Kinds of repository beside those of the product. */
  repositoryKinds?: RepositoryKinds;
}

export class World {
  readonly root: string;
  readonly options: WorldOptions;
  /** Digest of the disk as it was at each restore point, oldest first. */
  readonly kept: string[] = [];
  /** What each restore point restored to when it was last looked at. */
  readonly #digests = new Map<string, string>();
  engine!: Engine;
  client!: Client;

  private constructor(root: string, options: WorldOptions) {
    this.root = root;
    this.options = options;
  }

  static async create(options: WorldOptions): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'reelvault-world-')), options);
    await world.open();
    return world;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  get disk(): string {
    return this.path('disks/erp-01.img');
  }

  get dataDir(): string {
    return this.path('data');
  }

  async open(): Promise<void> {
    this.engine = await openEngine({
      dataDir: this.dataDir,
      // By the wall clock nothing runs but what the test asks for: one that stands at 22:00 is a test like any other.
      schedule: this.options.clock !== undefined,
      ...(this.options.repositoryKinds ? { repositoryKinds: this.options.repositoryKinds } : {}),
      ...(this.options.clock ? { clock: this.options.clock, timeZone: 'UTC' } : {}),
    });
    this.client = createRouterClient(this.engine.router, { context: { actor: administrator('test') } });
  }

  async reopen(): Promise<void> {
    await this.engine.close();
    await this.open();
  }

  /** A disaster: the configuration and catalogue are gone. */
  async reopenWithoutDatabase(): Promise<void> {
    await this.engine.close();
    await this.clearDataDirectory();
    await this.open();
  }

  get databasePath(): string {
    return join(this.dataDir, 'reelvault.db');
  }

  async clearDataDirectory(): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
    await mkdir(this.dataDir, { recursive: true, mode: 0o700 });
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.root, { recursive: true, force: true });
  }

  async makeDisk(seed = 'world'): Promise<void> {
    await makeSampleDisk(this.disk, {
      sizeBytes: this.options.diskMib * mib,
      fillBytes: this.options.fillMib * mib,
      seed,
    });
  }

  /** Changes files through the file system; each round writes others. */
  async changeDisk(round: number, sizeBytes = 2 * mib): Promise<void> {
    await changeSampleDisk(this.disk, {
      newFolders: [`round-${round}`],
      add: [
        { path: `round-${round}/new.bin`, sizeBytes },
        { path: `etc/app-0/config-${round * 6}.conf`, sizeBytes: 1000 + round },
      ],
      remove: round === 2 ? ['round-1/new.bin'] : [],
      seed: `round-${round}`,
    });
  }

  /** Keeps the disk aside as it is now. */
  async keep(): Promise<void> {
    await mkdir(this.path('kept'), { recursive: true });
    const path = this.path(`kept/${this.kept.length}.img`);
    await copyFile(this.disk, path);
    this.kept.push(await digest(path));
  }

  /** Follows a session to its end; anything but the expected result fails with the session's log. */
  async ended(sessionId: string | null, expected = 'success') {
    if (sessionId === null) throw new Error('No session was started.');
    for await (const _update of await this.client.sessions.follow({ id: sessionId }));
    const picture = await this.client.sessions.get({ id: sessionId });
    if (picture.session.result !== expected) {
      const log = picture.log.map((line) => `  ${line.level}: ${line.text} ${line.advice ?? ''}`).join('\n');
      throw new Error(`${picture.session.name}: ${picture.session.result} instead of ${expected}\n${log}`);
    }
    return picture;
  }

  async addRepository(name: string): Promise<string> {
    const added = await this.client.repositories.add({
      settings: { name, place: { kind: 'directory', path: this.path(name) } },
    });
    if (added.sessionId) await this.ended(added.sessionId);
    return added.id;
  }

  async createBackupJob(repositoryId: string, name = 'Nightly'): Promise<string> {
    const { id } = await this.client.jobs.create({
      settings: {
        kind: 'backup',
        name,
        machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: this.disk, name: 'scsi0' }] }],
        repositoryId,
      },
    });
    return id;
  }

  /** It copies when the test says so, not by itself. */
  async createCopyJob(jobId: string, repositoryId: string, mode: 'immediate' | 'periodic' = 'immediate') {
    const { id } = await this.client.jobs.create({
      settings: {
        kind: 'backup-copy',
        name: 'Second site',
        schedule: { kind: mode === 'immediate' ? 'continuous' : 'manual' },
        sources: { jobIds: [jobId] },
        repositoryId,
      },
    });
    await this.client.jobs.setEnabled({ id, enabled: false });
    return id;
  }

  async addLibrary(): Promise<string> {
    const added = await this.client.tape.addVirtual({
      settings: {
        name: 'Library',
        path: this.path('library'),
        drives: this.options.drives ?? 2,
        slots: this.options.cartridges + 2,
        cartridges: this.options.cartridges,
        cartridgeCapacityBytes: this.options.cartridgeMib * mib,
      },
    });
    if (added.sessionId) await this.ended(added.sessionId);
    return added.id;
  }

  async createPool(name = 'Weekly'): Promise<string> {
    return (await this.client.pools.create({ settings: { name, allocation: { kind: 'continue' } } })).id;
  }

  async createTapeJob(jobId: string, poolId: string): Promise<string> {
    const { id } = await this.client.jobs.create({
      settings: {
        kind: 'backup-to-tape',
        name: 'To tape',
        sources: { jobIds: [jobId] },
        fullPoolId: poolId,
      },
    });
    return id;
  }

  async run(jobId: string, expected = 'success') {
    return this.ended((await this.client.jobs.run({ id: jobId })).sessionId, expected);
  }

  /**
   * Whatever happened: no session is left open, everything listed on disk is complete, verifies, and restores to one of
   * the disks that were kept, each point to another one.
   */
  async checkPromises(): Promise<void> {
    const { rows: open } = await this.client.sessions.list({ running: true });
    if (open.length > 0) throw new Error(`Left open: ${open.map((session) => session.name).join(', ')}.`);
    const { rows } = await this.client.backups.points({ limit: 1000 });
    const onDisk = rows.filter((point) => point.origin !== 'tape');
    await this.checkRestores(onDisk);
    if (onDisk.length === 0) return;
    await this.ended((await this.client.backups.verify({ pointIds: onDisk.map((point) => point.id) })).sessionId);
  }

  async checkRestores(points: Awaited<ReturnType<World['points']>>): Promise<void> {
    for (const point of points) {
      if (point.state !== 'complete') throw new Error(`${point.path} is ${point.state}: ${point.stateReason}.`);
      const found = await this.restoredDigest(point.id);
      if (!this.kept.includes(found)) throw new Error(`${point.path} restores to a disk that never was.`);
      const same = this.#digests.get(point.pointId);
      if (same !== undefined && same !== found) throw new Error(`${point.path} changed its content.`);
      this.#digests.set(point.pointId, found);
    }
  }

  /** Everything listed on tape comes back from tape, and restores to one of the disks that were kept. */
  async checkTapes(): Promise<void> {
    const onTape = (await this.points('tape')).filter((point) => point.state === 'complete');
    if (onTape.length === 0) return;
    const repositoryId = await this.addRepository('from-tape');
    const restore = await this.client.restores.fromTape({
      pointIds: onTape.map((point) => point.id),
      repositoryId,
    });
    await this.ended(restore.sessionId);
    const { rows } = await this.client.backups.points({ limit: 1000 });
    const back = rows.filter((point) => point.origin !== 'tape' && point.locationId === repositoryId);
    const wanted = new Set(onTape.map((point) => point.pointId));
    const missing = [...wanted].filter((pointId) => !back.some((point) => point.pointId === pointId));
    if (missing.length > 0) throw new Error(`Listed on tape, but not restored from it: ${missing.join(', ')}.`);
    await this.checkRestores(back);
    await this.removeRepository(repositoryId, 'from-tape');
  }

  async removeRepository(id: string, name: string): Promise<void> {
    await this.client.repositories.remove({ id });
    await rm(this.path(name), { recursive: true, force: true });
  }

  async points(origin: 'disk' | 'copy' | 'imported' | 'orphaned' | 'tape') {
    return (await this.client.backups.points({ origin, sort: { by: 'createdAt', direction: 'asc' } })).rows;
  }

  /** Restores the disks of a point and returns the digest of the (one) disk. */
  async restoredDigest(pointId: string): Promise<string> {
    const folder = await mkdtemp(join(this.root, 'restored-'));
    const { sessionId } = await this.client.restores.disks({ pointId, folder });
    await this.ended(sessionId);
    const [name] = await readdir(folder);
    const found = await digest(join(folder, name ?? ''));
    await rm(folder, { recursive: true });
    return found;
  }
}

export async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: mib })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
