/** From a restore point on tape to its full: which archives it takes to restore it. Pure. */
import type { PointArchive } from './point-archive.ts';

/** One way to restore a point: its archive and those it builds on. */
export interface ArchivePath {
  /** Newest to full. Not empty, but it ends early where something is missing. */
  archives: PointArchive[];
  bytes: number;
  /** What is missing, in words; null when the path reaches a full. */
  problem: string | null;
}

export interface ArchivePaths {
  /** Every way to restore what this id names: an archive, or a point with all its copies. */
  find(id: string): ArchivePath[];
}

/** Indexes archives by what builds on them. An increment builds on an archive of its own set; others only as a last resort. */
export function buildArchivePaths(archives: readonly PointArchive[]): ArchivePaths {
  const byArchive = new Map(archives.map((archive) => [archive.archiveId, archive]));
  const byPoint = group(archives, (archive) => archive.pointId);
  // A full that has absorbed increments stands at the last of them, and no longer at the state it began with.
  const byState = group(archives, (archive) => archive.absorbed?.at(-1) ?? archive.fileUuid);

  const parentOf = (archive: PointArchive): PointArchive | undefined => {
    const { parentPointId, parentFileUuid } = archive;
    // Another state of the same file would be read without an error, and be the wrong one.
    const all = parentPointId ? byPoint.get(parentPointId) : byState.get(parentFileUuid ?? '');
    const candidates = (all ?? []).filter(
      (candidate) => candidate.archiveId !== archive.archiveId && candidate.chainId === archive.chainId,
    );
    return candidates.find((candidate) => candidate.setId === archive.setId) ?? candidates[0];
  };

  const pathOf = (start: PointArchive): ArchivePath => {
    const path: PointArchive[] = [];
    const seen = new Set<string>();
    let problem: string | null = null;
    for (let at: PointArchive | undefined = start; at; ) {
      path.push(at);
      seen.add(at.archiveId);
      if (at.kind === 'full') break;
      const parent = parentOf(at);
      if (!parent || seen.has(parent.archiveId)) {
        const what =
          at.createdAt === start.createdAt ? 'It' : `Its restore point of ${new Date(at.createdAt).toISOString()}`;
        problem = parent
          ? 'The files it builds on form a loop.'
          : `${what} builds on a restore point that no known tape holds. Catalogue the other tapes of its media set.`;
        break;
      }
      at = parent;
    }
    return { archives: path, bytes: path.reduce((sum, archive) => sum + archive.sizeBytes, 0), problem };
  };

  return {
    find(id) {
      const single = byArchive.get(id);
      return (single ? [single] : (byPoint.get(id) ?? [])).map(pathOf);
    },
  };
}

function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const list = groups.get(key(item));
    if (list) list.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
