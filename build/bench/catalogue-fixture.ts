import { DatabaseSync } from 'node:sqlite';
import { Database } from '../../electron/engine/database/database.ts';

export interface CatalogueSize {
  machines: number;
  /** Restore points of each machine on disk and on tape. */
  diskPointsPerMachine: number;
  tapePointsPerMachine: number;
  tapes: number;
  pools: number;
}

/** 1 000 000 restore points, four fifths of them on 10 000 tapes. */
export const fullSize: CatalogueSize = {
  machines: 2000,
  diskPointsPerMachine: 100,
  tapePointsPerMachine: 400,
  tapes: 10_000,
  pools: 20,
};

const day = 86_400_000;
const newest = Date.parse('2026-11-01T00:00:00Z');

/**
 * Makes the database of an engine that has seen this much. The same size gives the same rows, always: nothing in it is
 * random. It is made by SQL alone, because a million rows through the stores would take minutes.
 */
export function makeCatalogue(path: string, size: CatalogueSize): void {
  // Makes the tables.
  new Database(path).close();
  const database = new DatabaseSync(path);
  const setsPerPool = 50;
  const sets = size.pools * setsPerPool;
  const uuid = (kind: string, number: string): string => `printf('${kind}-0000-4000-8000-%012d', ${number})`;
  const count = (rows: number): string =>
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})`;
  const rules = JSON.stringify({
    allocation: { kind: 'continue' },
    retention: { kind: 'for', days: 30 },
    libraryIds: [],
    replenishFromFree: true,
    takeBlank: true,
    maxDrives: 1,
  });
  const disks = JSON.stringify([{ id: 'scsi0', name: 'scsi0', sizeBytes: 2 ** 36 }]);
  const platforms = "CASE i % 3 WHEN 0 THEN 'proxmox-ve' WHEN 1 THEN 'vmware-vsphere' ELSE 'hyper-v' END";
  const [machine, diskPoints, tapePoints] = [
    size.machines,
    size.machines * size.diskPointsPerMachine,
    size.machines * size.tapePointsPerMachine,
  ];
  database.exec(`
    PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA foreign_keys = OFF;
    BEGIN;
    INSERT INTO repositories (id, name, description, kind, path, place_json, key_ids_json, created_at, state)
      ${count(4)} SELECT ${uuid('10000000', 'i')}, 'Repository ' || i, '', 'directory', '/nonexistent/repository-' || i,
        json_object('kind', 'directory', 'path', '/nonexistent/repository-' || i, 'requireMount', json('false')), '[]', ${newest}, 'unavailable' FROM n;
    INSERT INTO pools (id, name, description, kind, settings_json, created_at)
      ${count(size.pools)} SELECT ${uuid('20000000', 'i')}, 'Pool ' || i, '', 'custom', '${rules}', ${newest} + i FROM n;
    INSERT INTO media_sets (id, pool_id, name, created_at, last_written_at, closed_at, closed_reason)
      ${count(sets)} SELECT ${uuid('30000000', 'i')}, ${uuid('20000000', `i / ${setsPerPool}`)}, 'Set ' || i,
        ${newest} - (${setsPerPool} - i % ${setsPerPool}) * ${7 * day}, ${newest} - (${setsPerPool} - i % ${setsPerPool}) * ${7 * day} + ${6 * day},
        CASE WHEN i % ${setsPerPool} = ${setsPerPool - 1} THEN NULL ELSE ${newest} - (${setsPerPool} - 1 - i % ${setsPerPool}) * ${7 * day} END, NULL FROM n;
    INSERT INTO media (id, barcode, name, tape_uuid, label_format, label_read_at, pool_id, set_id, sequence, last_place,
        capacity_bytes, used_bytes, last_written_at, full, catalogued_at, write_count, load_count, committed_files, created_at)
      ${count(size.tapes)} SELECT ${uuid('40000000', 'i')}, printf('RV%06dL8', i), printf('RV%06dL8', i), ${uuid('41000000', 'i')},
        'ours', ${newest}, ${uuid('20000000', `i % ${sets} / ${setsPerPool}`)}, ${uuid('30000000', `i % ${sets}`)}, 1 + i / ${sets},
        'Slot ' || (i % 500) || ' in Library', ${12 * 10 ** 12}, ${8 * 10 ** 12} + i, ${newest} - i * 60000,
        i % 5 <> 0, ${newest}, 1 + i % 9, i % 30, 20 + i % 7, ${newest} FROM n;
    INSERT INTO chains (id, repository_id, chain_uuid, folder, job_id, job_name, machine_id, machine_name, platform, imported)
      ${count(machine)} SELECT ${uuid('50000000', 'i')}, ${uuid('10000000', 'i % 4')}, ${uuid('51000000', 'i')}, 'Nightly/machine-' || i,
        NULL, 'Nightly ' || (i % 40), ${uuid('60000000', 'i')}, printf('machine-%05d', i), ${platforms}, 1 FROM n;
    INSERT INTO points (id, chain_id, repository_id, file_uuid, point_uuid, content_state, parent_point_uuid, parent_state,
        kind, created_at, path, size_bytes, data_bytes, state, encrypted, absorbed_json, objects_json)
      ${count(diskPoints)} SELECT ${uuid('70000000', 'i')}, ${uuid('50000000', `i % ${machine}`)}, ${uuid('10000000', `i % ${machine} % 4`)},
        ${uuid('71000000', 'i')}, ${uuid('72000000', 'i')}, printf('%064x', i),
        CASE WHEN i < ${machine} THEN NULL ELSE ${uuid('72000000', `i - ${machine}`)} END,
        CASE WHEN i < ${machine} THEN NULL ELSE printf('%064x', i - ${machine}) END, CASE WHEN i < ${machine} THEN 'full' ELSE 'increment' END,
        ${newest} - (${size.diskPointsPerMachine} - i / ${machine}) * ${day} + i % ${machine} * 1000, 'Nightly/' || i || '.rvb',
        ${2 ** 30} + i, ${2 ** 30}, 'complete', i % 2, '[]', '${disks}' FROM n;
    INSERT INTO tape_points (id, set_id, pool_id, session_uuid, job_id, job_name, machine_id, machine_name, platform, point_uuid,
        kind, virtual_full, created_at, written_at, chain_uuid, file_uuid, parent_file_uuid, file_name, path_on_tape, size_bytes, sha256, encrypted, objects_json)
      ${count(tapePoints)} SELECT ${uuid('80000000', 'i')}, ${uuid('30000000', `i % ${machine} % ${size.pools} * ${setsPerPool} + i / ${machine} % ${setsPerPool}`)},
        ${uuid('20000000', `i % ${machine} % ${size.pools}`)}, ${uuid('81000000', `i / ${machine}`)}, 'tape-job', 'To tape ' || (i % 20), ${uuid('60000000', `i % ${machine}`)},
        printf('machine-%05d', i % ${machine}), ${platforms.replace('i % 3', `i % ${machine} % 3`)}, ${uuid('72000000', 'i')}, CASE WHEN i / ${machine} % 7 = 0 THEN 'full' ELSE 'increment' END,
        0, ${newest} - (${size.tapePointsPerMachine} - i / ${machine}) * ${day} + i % ${machine} * 1000, ${newest}, ${uuid('51000000', `i % ${machine}`)},
        ${uuid('71000000', 'i')}, CASE WHEN i / ${machine} % 7 = 0 THEN NULL ELSE ${uuid('71000000', `i - ${machine}`)} END, i || '.rvb', 'Nightly/' || i || '.rvb', ${2 ** 30} + i, '', i % 2, '${disks}' FROM n;
    INSERT INTO tape_extents (tape_point_id, tape_uuid, first_slice, slice_count, bytes, extents_json)
      ${count(tapePoints)} SELECT ${uuid('80000000', 'i')}, ${uuid('41000000', `i % ${size.tapes}`)}, 0, 16, ${2 ** 30}, '[]' FROM n;
    COMMIT;
    PRAGMA wal_checkpoint (TRUNCATE);
  `);
  database.close();
}
