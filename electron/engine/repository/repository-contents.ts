import { dirname, posix } from 'node:path';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { type BackupFileHeader, buildChains, type ChainFile, restorePath } from '../../../shared/domain/chain.ts';
import {
  BackupFileError,
  type BackupFileInfo,
  type Keys,
  readBackupFileInfo,
  readSuperblock,
} from '../backup-file/index.ts';
import type { Commits, UnitOfWork } from '../database/unit-of-work.ts';
import { OperationError } from '../errors.ts';
import type { BackupStore, ChainRecord, PointRecord } from './backup-store.ts';
import type { RepositoryStorage } from './kinds/kind.ts';

type PointHeader = BackupFileHeader & { pointId: string };

export interface RegisterOptions {
  /** The job whose chain this is; absent: the one the file names, if it is configured here. */
  jobId?: string;
  imported?: boolean;
  /** The files were made by this run: one that cannot be read back is removed. */
  isNew?: boolean;
}

/** What the contents need of the configured repositories. */
export interface OpenRepositories {
  storage(repositoryId: string): RepositoryStorage;
  /** Everything that may open an encrypted file there. */
  keysFor(repositoryId: string): Keys;
}

/** What is inside repositories: files become chains and points in the database, and leave it again. */
export class RepositoryContents {
  readonly #repositories: OpenRepositories;
  readonly #commits: Commits;
  readonly #backups: BackupStore;
  readonly #isConfigured: (jobId: string) => boolean;

  constructor(
    repositories: OpenRepositories,
    parts: { commits: Commits; backups: BackupStore; isConfigured: (jobId: string) => boolean },
  ) {
    this.#repositories = repositories;
    this.#commits = parts.commits;
    this.#backups = parts.backups;
    this.#isConfigured = parts.isConfigured;
  }

  /** Reads the headers of these files and makes the database say what they say. The files must be committed already. */
  async register(repositoryId: string, paths: string[], options: RegisterOptions = {}): Promise<PointRecord[]> {
    const keys = this.#repositories.keysFor(repositoryId);
    const points: PointRecord[] = [];
    for (const path of paths) {
      const place = this.#repositories.storage(repositoryId).place(path);
      const info = await readBackupFileInfo(place, keys).catch(async (error: unknown) => {
        // Told to have failed, it must not turn up at a rescan, beside what was made without it.
        if (options.isNew) await place.remove('repository.delete-file').catch(() => undefined);
        throw error;
      });
      points.push(this.#saveFile(repositoryId, path, info, options));
    }
    for (const chainId of new Set(points.map((point) => point.chainId))) await this.refreshChain(chainId);
    await this.#commits.flushed();
    return points.map((point) => this.#backups.point(point.id) ?? point);
  }

  #saveFile(repositoryId: string, path: string, info: BackupFileInfo, options: RegisterOptions): PointRecord {
    const { metadata } = info;
    const known = this.#backups.chainByUuid(repositoryId, info.chainUuid);
    const jobId = options.jobId ?? known?.jobId ?? this.#configuredJob(metadata.job.id);
    const chain: ChainRecord = {
      id: known?.id ?? `${info.chainUuid}.${repositoryId.slice(0, 8)}`,
      repositoryId,
      chainUuid: info.chainUuid,
      folder: posix.dirname(path),
      jobId,
      jobName: metadata.job.name,
      machineId: metadata.machine.id,
      machineName: metadata.machine.name,
      platform: metadata.machine.platform,
      imported: known?.imported ?? options.imported ?? jobId === null,
    };
    const point: PointRecord = {
      id: `${info.fileUuid}.${repositoryId.slice(0, 8)}`,
      chainId: chain.id,
      repositoryId,
      fileUuid: info.fileUuid,
      pointUuid: metadata.pointUuid,
      contentState: info.state,
      parent: info.parent,
      kind: info.kind,
      createdAt: Date.parse(metadata.createdAt),
      path,
      sizeBytes: info.fileSizeBytes,
      dataBytes: info.dataBytes,
      state: 'complete',
      stateReason: null,
      encrypted: info.encrypted,
      absorbed: info.absorbed,
      objects: metadata.objects,
    };
    this.#commits.later((work) => {
      this.#backups.saveChain(work, chain);
      this.#backups.savePoint(work, point);
    });
    return point;
  }

  /** An encrypted file that no key opens is still listed: by what its superblock and its place say. */
  async registerLocked(repositoryId: string, path: string, reason: string): Promise<PointRecord> {
    const header = await readSuperblock(this.#repositories.storage(repositoryId).place(path));
    const folder = posix.dirname(path);
    const machineName = posix.basename(folder).replace(/~[0-9a-f]+$/, '');
    const chainId = `${header.chainUuid}.${repositoryId.slice(0, 8)}`;
    const known = this.#backups.chain(chainId);
    const chain: ChainRecord = known ?? {
      id: chainId,
      repositoryId,
      chainUuid: header.chainUuid,
      folder,
      jobId: null,
      jobName: posix.basename(dirname(folder)),
      machineId: header.chainUuid,
      machineName,
      platform: 'other',
      imported: true,
    };
    const point: PointRecord = {
      id: `${header.fileUuid}.${repositoryId.slice(0, 8)}`,
      chainId,
      repositoryId,
      fileUuid: header.fileUuid,
      pointUuid: header.pointUuid,
      contentState: header.state,
      parent: header.parent,
      kind: header.kind,
      createdAt: header.createdAtMs,
      path,
      sizeBytes: header.fileSizeBytes,
      dataBytes: 0,
      state: 'incomplete',
      stateReason: reason,
      encrypted: true,
      absorbed: [],
      objects: [],
    };
    this.#commits.later((work) => {
      this.#backups.saveChain(work, chain);
      this.#backups.savePoint(work, point);
    });
    return point;
  }

  #configuredJob(jobId: string): string | null {
    return this.#isConfigured(jobId) ? jobId : null;
  }

  #entries(chainId: string): Map<string, ChainFile<PointHeader>> {
    const chain = this.#backups.chain(chainId);
    const headers = this.#backups
      .points(chainId)
      .filter((point) => point.state === 'complete' || point.state === 'incomplete')
      .map(
        (point): PointHeader => ({
          pointId: point.id,
          fileUuid: point.fileUuid,
          chainUuid: chain?.chainUuid ?? '',
          parent: point.parent,
          state: point.contentState,
          kind: point.kind,
          absorbed: point.absorbed,
          pointUuid: point.pointUuid,
          machineId: chain?.machineId ?? '',
          createdAt: point.createdAt,
          path: point.path,
          sizeBytes: point.sizeBytes,
        }),
      );
    return new Map(
      buildChains(headers).flatMap((built) => built.files.map((entry) => [entry.file.pointId, entry] as const)),
    );
  }

  /**
   * Recomputes which points of a chain are complete, and writes its `chain.json`. A chain without points goes. Then all
   * that was done to the rows before is durable, too.
   */
  async refreshChain(chainId: string): Promise<void> {
    const chain = this.#backups.chain(chainId);
    const remains = chain !== undefined && this.#commits.later((work) => this.#saveStates(work, chainId));
    await this.#commits.flushed();
    if (remains) await this.#writeCache(chain);
  }

  /** False where no point is left, and so the chain is gone. */
  #saveStates(work: UnitOfWork, chainId: string): boolean {
    const entries = this.#entries(chainId);
    const points = this.#backups.points(chainId);
    if (points.length === 0) {
      this.#backups.removeChain(work, chainId);
      return false;
    }
    for (const leftover of this.absorbedLeftovers(chainId)) {
      const reason = 'A merge took it into the full and was interrupted; the next run removes the file.';
      if (leftover.state === 'complete') this.#backups.setPointState(work, leftover.id, 'incomplete', reason);
    }
    for (const point of points) {
      const entry = entries.get(point.id);
      if (!entry || (point.encrypted && point.objects.length === 0)) continue;
      const reason = entry.state === 'complete' ? null : entry.reason;
      if (point.state !== entry.state || point.stateReason !== reason) {
        this.#backups.setPointState(work, point.id, entry.state, reason);
      }
    }
    return true;
  }

  async #writeCache(chain: ChainRecord): Promise<void> {
    const cache = {
      note: 'A cache of what the headers of the .rvb files here say; safe to delete.',
      chainUuid: chain.chainUuid,
      machine: { id: chain.machineId, name: chain.machineName, platform: chain.platform },
      job: { name: chain.jobName },
      points: this.#backups.points(chain.id).map((point) => ({
        file: posix.basename(point.path),
        fileUuid: point.fileUuid,
        pointUuid: point.pointUuid,
        state: point.contentState,
        parent: point.parent,
        kind: point.kind,
        createdAt: new Date(point.createdAt).toISOString(),
        sizeBytes: point.sizeBytes,
        usable: point.state,
      })),
    };
    const text = `${JSON.stringify(cache, null, 2)}\n`;
    const storage = this.#repositories.storage(chain.repositoryId);
    await storage.writeNote(`${chain.folder}/chain.json`, text, 'repository.chain-cache').catch(() => {
      // The cache is rebuilt from the headers by any rescan: a full or read-only disk must not fail what is committed.
    });
  }

  /** What a restore of this point reads, newest first, the full last. */
  restorePath(point: PointRecord): PointRecord[] {
    const entry = this.#entries(point.chainId).get(point.id);
    if (!entry || entry.state === 'incomplete') {
      throw new OperationError(
        `This restore point cannot be read: ${entry?.reason ?? point.stateReason ?? 'its file is missing or damaged'}.`,
        'Choose another restore point, or bring the missing files back and rescan the repository.',
      );
    }
    return restorePath(entry)
      .map((file) => this.#backups.point(file.pointId))
      .filter((file) => file !== undefined);
  }

  /** Points that may be restored, oldest first, each with its whole path. */
  completePoints(chainId: string): { point: PointRecord; path: PointRecord[] }[] {
    const entries = this.#entries(chainId);
    const points = new Map(this.#backups.points(chainId).map((point) => [point.id, point]));
    const complete = [];
    for (const point of points.values()) {
      const entry = entries.get(point.id);
      if (entry?.state !== 'complete') continue;
      const path = restorePath(entry).map((file) => points.get(file.pointId));
      complete.push({ point, path: path.filter((file) => file !== undefined) });
    }
    return complete;
  }

  /**
   * Increments that a full has absorbed already: a crash came between the merge and their removal. They hold nothing that
   * the full has not, and cannot be read any more.
   */
  absorbedLeftovers(chainId: string): PointRecord[] {
    const points = this.#backups.points(chainId);
    const absorbed = new Set(points.flatMap((point) => (point.kind === 'full' ? point.absorbed : [])));
    return points.filter((point) => point.kind === 'increment' && absorbed.has(point.fileUuid));
  }

  /** Deletes one backup file, then its row; that is durable with the next {@link refreshChain}. */
  async deletePoint(point: PointRecord): Promise<void> {
    await this.#repositories.storage(point.repositoryId).delete(point.path);
    this.#commits.later((work) => this.#backups.removePoint(work, point.id));
  }
}

/** Why a file could not be read, as the state it gets in the console. */
export function stateOfError(error: unknown): { state: 'incomplete' | 'corrupt'; reason: string; keyNeeded: boolean } {
  const message = messageOf(error);
  if (error instanceof BackupFileError && (error.code === 'key-needed' || error.code === 'wrong-key')) {
    return { state: 'incomplete', reason: 'Encrypted: add its key to the repository and rescan.', keyNeeded: true };
  }
  return { state: 'corrupt', reason: message, keyNeeded: false };
}
