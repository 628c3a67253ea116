import { jobKinds } from '../../../shared/domain/jobs/job-kinds.ts';

/** Where a backup stands in the tree: Disk, Disk (Copy), Disk (Imported), Disk (Orphaned), Tape. */
export type BackupOrigin = 'disk' | 'copy' | 'imported' | 'orphaned' | 'tape';

const copies = jobKinds.filter(({ makes }) => makes === 'copy').map(({ kind }) => `'${kind}'`);

/**
 * SQL for where a chain stands in the tree: of a job that exists, under Disk or Disk (Copy); found by a rescan or
 * restored from tape, under Disk (Imported); left by a removed job, under Disk (Orphaned). Aliases: c chains, j jobs.
 */
export const originOfChain = `CASE WHEN c.imported THEN 'imported' WHEN j.kind IN (${copies.join(', ')}) THEN 'copy'
  WHEN j.id IS NOT NULL THEN 'disk' ELSE 'orphaned' END`;
