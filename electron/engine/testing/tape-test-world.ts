import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backupToTape, type BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { productVersion, restoreDisk, writeBackup } from '../backup-file/index.ts';
import type { FilePlace } from '../files/file-place.ts';
import { SqlKeyStore } from '../credentials/key-store.ts';
import { Sealer } from '../credentials/sealer.ts';
import type { Clock } from '../faults/clock.ts';
import { traceFaultPoints } from '../faults/fault-points.ts';
import { openDisk } from '../sources/open-disk.ts';
import { type BackupStore, SqlBackupStore, type PointRecord } from '../repository/backup-store.ts';
import { directoryPlace } from '../repository/kinds/directory.ts';
import { Repositories } from '../repository/repositories.ts';
import { SqlRepositoryStore } from '../repository/repository-store.ts';
import { SqlRestoreIntentStore } from '../jobs/from-tape/restore-intent-store.ts';
import { TapeBench } from '../tape/testing/tape-bench.ts';
import { runBackupToTape } from '../jobs/kinds/backup-to-tape.ts';
import { runRestoreFromTape } from '../jobs/from-tape/restore-from-tape.ts';

const mib = 2 ** 20;
const blockBytes = 262_144;

/** Real backup files in real repositories beside a tape bench, for tests of the jobs between them. */
export class TapeTestWorld {
  readonly bench: TapeBench;
  backups!: BackupStore;
  repositories!: Repositories;
  #clockMs = Date.parse('2026-11-01T20:00:00Z');
  readonly #state = new Map<string, { machineId: string; chainUuid: string; files: FilePlace[]; image: Buffer }>();
  /** SHA-256 of each machine's disk, by restore point. */
  readonly digests = new Map<string, string>();

  private constructor(bench: TapeBench) {
    this.bench = bench;
    this.#wire();
  }

  static async create(clock?: Clock): Promise<TapeTestWorld> {
    return new TapeTestWorld(await TapeBench.create(clock));
  }

  #wire(): void {
    const { database, changes, clock } = this.bench;
    this.backups = new SqlBackupStore(database);
    const keys = new SqlKeyStore(database, new Sealer(Buffer.alloc(32)));
    this.repositories = new Repositories({
      commits: database,
      store: new SqlRepositoryStore(database),
      backups: this.backups,
      isConfigured: () => false,
      keys,
      changes,
      clock,
      scratchDir: this.bench.path('.'),
    });
  }

  async reopen(): Promise<void> {
    await this.bench.reopen();
    this.#wire();
  }

  async reopenWithoutDatabase(): Promise<void> {
    await this.bench.reopenWithoutDatabase();
    this.#wire();
  }

  async addRepository(name: string): Promise<string> {
    const path = this.bench.path(name);
    const input = { name, description: '', place: directoryPlace(path), keyIds: [] };
    return (await this.repositories.add(input, true)).id;
  }

  /** One more restore point of a machine: at first a full of `sizeMib` random data, then increments of `changeMib`. */
  async backUp(
    repositoryId: string,
    machine: string,
    of: { sizeMib: number; changeMib?: number } = { sizeMib: 8 },
  ): Promise<PointRecord> {
    let state = this.#state.get(machine);
    const kind = state ? 'increment' : 'full';
    state ??= { machineId: randomUUID(), chainUuid: randomUUID(), files: [], image: Buffer.alloc(0) };
    const change = kind === 'full' ? of.sizeMib : (of.changeMib ?? 1);
    const fresh = randomBytesOf(change * mib);
    state.image = kind === 'full' ? fresh : Buffer.concat([fresh, state.image.subarray(fresh.length)]);
    this.#state.set(machine, state);
    this.#clockMs += 86_400_000;
    const imagePath = this.bench.path(`disks/${machine}.img`);
    await mkdir(dirname(imagePath), { recursive: true });
    await writeFile(imagePath, state.image);
    const who = { id: state.machineId, name: machine };
    const folder = this.repositories.machineFolder(repositoryId, 'Nightly', who);
    const path = await this.repositories.newFilePath(repositoryId, folder, machine, this.#clockMs, kind);
    const target = this.repositories.place(repositoryId, path);
    const source = await openDisk({ path: imagePath });
    await writeBackup({
      target,
      chain: state.files,
      kind,
      chainUuid: state.chainUuid,
      metadata: {
        pointUuid: randomUUID(),
        createdAt: new Date(this.#clockMs).toISOString(),
        machine: { ...who, platform: 'proxmox-ve' },
        job: { id: 'nightly', name: 'Nightly' },
        blockSizeBytes: blockBytes,
        productVersion,
      },
      disks: [{ objectId: 'scsi0', name: 'scsi0', source }],
      codec: 'none',
    });
    await source.close(true);
    state.files.unshift(target);
    const [point] = await this.repositories.contents.register(repositoryId, [path], {
      jobId: 'nightly',
      imported: false,
    });
    if (!point) throw new Error('The restore point was not registered.');
    this.digests.set(point.pointUuid, createHash('sha256').update(state.image).digest('hex'));
    return point;
  }

  /** Restores the disk of a point and returns its SHA-256. */
  async diskDigest(point: PointRecord): Promise<string> {
    const targetPath = this.bench.path(`restored-${randomUUID()}.raw`);
    await restoreDisk({
      sources: this.repositories.contents
        .restorePath(point)
        .map((file) => this.repositories.place(file.repositoryId, file.path)),
      objectId: 'scsi0',
      targetPath,
      overwrite: false,
    });
    return createHash('sha256')
      .update(await readFile(targetPath))
      .digest('hex');
  }

  settings(poolId: string, repositoryIds: string[], more: Partial<BackupToTapeSettings> = {}): BackupToTapeSettings {
    const settings = backupToTape.schema.parse({
      kind: 'backup-to-tape',
      name: 'To tape',
      schedule: { kind: 'manual' },
      retry: { count: 0, waitMinutes: 1 },
      sources: { repositoryIds },
      fullPoolId: poolId,
      virtualFull: null,
      waitForMediaHours: 1,
    });
    return { ...settings, ...more };
  }

  startBackupToTape(settings: BackupToTapeSettings, activeFull = false): string {
    const { bench } = this;
    return bench.sessions.start(
      { kind: 'backup-to-tape', name: settings.name, jobId: 'tape-job', who: 'test' },
      (session) =>
        runBackupToTape({
          tape: bench.tape,
          backups: this.backups,
          repository: this.repositories,
          job: { id: 'tape-job', settings },
          removedSources: 0,
          activeFull,
          session,
          dataDir: bench.root,
        }),
    ).id;
  }

  async backUpToTape(settings: BackupToTapeSettings, expected = 'success'): Promise<string> {
    const id = this.startBackupToTape(settings);
    await this.bench.ended(id, expected);
    return id;
  }

  startRestore(pointIds: string[], repositoryId: string): string {
    const { bench } = this;
    return bench.sessions.start({ kind: 'restore-from-tape', name: 'Restore from tape', who: 'test' }, (session) =>
      runRestoreFromTape({
        tape: bench.tape,
        backups: this.backups,
        repository: this.repositories,
        restoreIntents: new SqlRestoreIntentStore(bench.database),
        session,
        dataDir: bench.root,
        pointIds,
        repositoryId,
      }),
    ).id;
  }

  /** Ids of the restore points on tape, oldest first. */
  tapePoints(): { id: string; pointUuid: string; tapes: string[] }[] {
    const { database, tape } = this.bench;
    return database
      .all<{ id: string; point_uuid: string }>('SELECT id, point_uuid FROM tape_points ORDER BY created_at, id')
      .map((row) => ({
        id: row.id,
        pointUuid: row.point_uuid,
        tapes: tape.tapesOf(row.id).map((each) => each.barcode),
      }));
  }

  /** Every point in the repository restores to the disk as it was. */
  async checkRestored(repositoryId: string): Promise<number> {
    const points = this.backups.pointsIn(repositoryId);
    for (const point of points) {
      if (point.state !== 'complete') throw new Error(`${point.path} is ${point.state}: ${point.stateReason}`);
      const digest = await this.diskDigest(point);
      if (digest !== this.digests.get(point.pointUuid)) throw new Error(`${point.path} restores to other bytes.`);
    }
    return points.length;
  }

  tapePointIds(): string[] {
    return this.tapePoints().map((point) => point.id);
  }

  /** How each point stands on tape, oldest first. */
  kindsOnTape(): string[] {
    return this.bench.database
      .all<{ kind: string; virtual_full: number }>(
        'SELECT kind, virtual_full FROM tape_points ORDER BY created_at, written_at',
      )
      .map((row) => (row.virtual_full ? 'virtual full' : row.kind));
  }

  /** Restores everything that is on tape to a new repository and returns its id. */
  async restoreAll(name = 'restored'): Promise<string> {
    const target = await this.addRepository(name);
    await this.bench.ended(this.startRestore(this.tapePointIds(), target));
    return target;
  }

  /** Waits until a session is in this state; returns what it says about it. */
  async untilState(sessionId: string, state: string): Promise<string> {
    for (;;) {
      const record = this.bench.sessions.running().find(({ id }) => id === sessionId);
      if (!record) throw new Error(`The session ended:\n${this.bench.log(sessionId)}`);
      if (record.state === state) return record.stateText ?? '';
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Does something once, when anything passes a site for the nth time. */
  onPassage(site: string, nth: number, act: () => void): { happened(): boolean } {
    let passages = 0;
    traceFaultPoints((passed, when) => {
      if (passed !== site || when !== 'before') return;
      passages += 1;
      if (passages === nth) act();
    });
    return { happened: () => passages >= nth };
  }

  stopWatching(): void {
    traceFaultPoints(undefined);
  }

  close(): Promise<void> {
    this.stopWatching();
    return this.bench.close();
  }
}

/** Random, so that nothing is compressed or taken for the same block; fast enough for tens of MiB. */
function randomBytesOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65_536)));
  return bytes;
}

/** Flips one byte of a file. */
export async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}
