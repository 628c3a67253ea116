import type { Database } from '../database/database.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';

export interface ChainRecord {
  id: string;
  repositoryId: string;
  chainUuid: string;
  /** Relative to the repository's root, with `/`. */
  folder: string;
  jobId: string | null;
  jobName: string;
  machineId: string;
  machineName: string;
  platform: string;
  imported: boolean;
}

export interface DiskRecord {
  id: string;
  name: string;
  kind: string;
  sizeBytes: number;
}

export type PointState = 'complete' | 'incomplete' | 'corrupt' | 'missing';

/** One backup file: one restore point at one place. */
export interface PointRecord {
  id: string;
  chainId: string;
  repositoryId: string;
  fileUuid: string;
  pointUuid: string;
  /** State digest of its content, in hexadecimal; empty where no key opens the file. */
  contentState: string;
  /** The point, and the state of it, that an increment was made on. */
  parent: { pointUuid: string; state: string } | null;
  kind: 'full' | 'increment';
  createdAt: number;
  /** Relative to the repository's root, with `/`. */
  path: string;
  sizeBytes: number;
  dataBytes: number;
  state: PointState;
  stateReason: string | null;
  encrypted: boolean;
  absorbed: string[];
  objects: DiskRecord[];
}

interface ChainSql {
  id: string;
  repository_id: string;
  chain_uuid: string;
  folder: string;
  job_id: string | null;
  job_name: string;
  machine_id: string;
  machine_name: string;
  platform: string;
  imported: number;
}

interface PointSql {
  id: string;
  chain_id: string;
  repository_id: string;
  file_uuid: string;
  point_uuid: string;
  content_state: string;
  parent_point_uuid: string | null;
  parent_state: string | null;
  kind: 'full' | 'increment';
  created_at: number;
  path: string;
  size_bytes: number;
  data_bytes: number;
  state: PointState;
  state_reason: string | null;
  encrypted: number;
  absorbed_json: string;
  objects_json: string;
}

export type BackupStore = Surface<SqlBackupStore>;

/** The working copy of what the backup files in repositories say. The files are the truth. */
export class SqlBackupStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  chain(id: string): ChainRecord | undefined {
    const row = this.#database.get<ChainSql>('SELECT * FROM chains WHERE id = ?', id);
    return row && chainFromSql(row);
  }

  chainByUuid(repositoryId: string, chainUuid: string): ChainRecord | undefined {
    const row = this.#database.get<ChainSql>(
      'SELECT * FROM chains WHERE repository_id = ? AND chain_uuid = ?',
      repositoryId,
      chainUuid,
    );
    return row && chainFromSql(row);
  }

  /** Chains of any of these jobs or in any of these repositories; without a selection, all. */
  chains(selection: { jobIds?: string[]; repositoryIds?: string[] } = {}): ChainRecord[] {
    const jobIds = selection.jobIds ?? [];
    const repositoryIds = selection.repositoryIds ?? [];
    const everything = selection.jobIds === undefined && selection.repositoryIds === undefined;
    return this.#database
      .all<ChainSql>(
        `SELECT * FROM chains WHERE ${everything ? 1 : 0} OR job_id IN (SELECT value FROM json_each(?))
           OR repository_id IN (SELECT value FROM json_each(?)) ORDER BY machine_name COLLATE NOCASE, id`,
        JSON.stringify(jobIds),
        JSON.stringify(repositoryIds),
      )
      .map(chainFromSql);
  }

  saveChain(work: UnitOfWork, chain: ChainRecord): void {
    this.#database.run(
      work,
      `INSERT INTO chains (id, repository_id, chain_uuid, folder, job_id, job_name, machine_id, machine_name, platform, imported)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET folder = excluded.folder, job_id = excluded.job_id, job_name = excluded.job_name,
         machine_id = excluded.machine_id, machine_name = excluded.machine_name, platform = excluded.platform,
         imported = excluded.imported`,
      chain.id,
      chain.repositoryId,
      chain.chainUuid,
      chain.folder,
      chain.jobId,
      chain.jobName,
      chain.machineId,
      chain.machineName,
      chain.platform,
      chain.imported ? 1 : 0,
    );
  }

  removeChain(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM chains WHERE id = ?', id);
  }

  point(id: string): PointRecord | undefined {
    const row = this.#database.get<PointSql>('SELECT * FROM points WHERE id = ?', id);
    return row && pointFromSql(row);
  }

  pointByPath(repositoryId: string, path: string): PointRecord | undefined {
    const row = this.#database.get<PointSql>(
      'SELECT * FROM points WHERE repository_id = ? AND path = ?',
      repositoryId,
      path,
    );
    return row && pointFromSql(row);
  }

  /** Every place where a restore point's data is on disk. */
  pointsByUuid(pointUuid: string): PointRecord[] {
    return this.#database.all<PointSql>('SELECT * FROM points WHERE point_uuid = ?', pointUuid).map(pointFromSql);
  }

  /** Points of one chain, oldest first. */
  points(chainId: string): PointRecord[] {
    return this.#database
      .all<PointSql>('SELECT * FROM points WHERE chain_id = ? ORDER BY created_at, kind, id', chainId)
      .map(pointFromSql);
  }

  pointsIn(repositoryId: string): PointRecord[] {
    return this.#database
      .all<PointSql>('SELECT * FROM points WHERE repository_id = ? ORDER BY created_at, id', repositoryId)
      .map(pointFromSql);
  }

  savePoint(work: UnitOfWork, point: PointRecord): void {
    this.#database.run(
      work,
      'DELETE FROM points WHERE repository_id = ? AND (path = ? OR id = ?)',
      point.repositoryId,
      point.path,
      point.id,
    );
    this.#database.insert(work, 'points', {
      id: point.id,
      chain_id: point.chainId,
      repository_id: point.repositoryId,
      file_uuid: point.fileUuid,
      point_uuid: point.pointUuid,
      content_state: point.contentState,
      parent_point_uuid: point.parent?.pointUuid ?? null,
      parent_state: point.parent?.state ?? null,
      kind: point.kind,
      created_at: point.createdAt,
      path: point.path,
      size_bytes: point.sizeBytes,
      data_bytes: point.dataBytes,
      state: point.state,
      state_reason: point.stateReason,
      encrypted: point.encrypted ? 1 : 0,
      absorbed_json: JSON.stringify(point.absorbed),
      objects_json: JSON.stringify(point.objects),
    });
  }

  setPointState(work: UnitOfWork, id: string, state: PointState, reason: string | null): void {
    this.#database.update(work, 'points', id, { state, state_reason: reason });
  }

  removePoint(work: UnitOfWork, id: string): void {
    this.#database.run(work, 'DELETE FROM points WHERE id = ?', id);
  }
}

function chainFromSql(row: ChainSql): ChainRecord {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    chainUuid: row.chain_uuid,
    folder: row.folder,
    jobId: row.job_id,
    jobName: row.job_name,
    machineId: row.machine_id,
    machineName: row.machine_name,
    platform: row.platform,
    imported: row.imported === 1,
  };
}

function pointFromSql(row: PointSql): PointRecord {
  return {
    id: row.id,
    chainId: row.chain_id,
    repositoryId: row.repository_id,
    fileUuid: row.file_uuid,
    pointUuid: row.point_uuid,
    contentState: row.content_state,
    parent: row.parent_point_uuid === null ? null : { pointUuid: row.parent_point_uuid, state: row.parent_state ?? '' },
    kind: row.kind,
    createdAt: row.created_at,
    path: row.path,
    sizeBytes: row.size_bytes,
    dataBytes: row.data_bytes,
    state: row.state,
    stateReason: row.state_reason,
    encrypted: row.encrypted === 1,
    absorbed: JSON.parse(row.absorbed_json) as string[],
    objects: JSON.parse(row.objects_json) as DiskRecord[],
  };
}
