import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../source-error.ts';
import type { ConfigurationDocument, Extent, OpenRequest, SourceKind } from '../kinds/kind.ts';

/** What tests let a disk of the scripted kind be. */
export interface ScriptedDisk {
  content: Buffer;
  documents?: ConfigurationDocument[];
  dataExtents?: Extent[];
  /** By the parent point they are counted from. */
  changedExtents?: Record<string, Extent[]>;
  /** Called before each read; may wait or throw. */
  onRead?(position: number, length: number, signal: AbortSignal): void | Promise<void>;
  changed?: boolean;
}

export interface ScriptedKind extends SourceKind {
  /** Stretches that were read, in the order they were asked for. */
  readonly reads: [position: number, length: number][];
  readonly opened: (OpenRequest | undefined)[];
  readonly closed: boolean[];
}

/**
 * A second kind of source, for tests of the seam: disks in memory behind image files that begin with `SCRIPTED NAME`, had by
 * random reads that answer out of order.
 */
export function scriptedKind(disks: Record<string, ScriptedDisk>): ScriptedKind {
  const reads: [number, number][] = [];
  const opened: (OpenRequest | undefined)[] = [];
  const closed: boolean[] = [];
  const nameOf = (head: Buffer): string | undefined => /^SCRIPTED (\w+)/.exec(head.toString('latin1', 0, 100))?.[1];
  return {
    id: 'scripted',
    reads,
    opened,
    closed,
    takes: (file) => nameOf(file.head) !== undefined,
    async open(file, request) {
      await file.handle.close();
      opened.push(request);
      const { path } = file;
      const disk = disks[nameOf(file.head) ?? ''];
      if (!disk) throw new SourceError('not-readable', path, `${path} names no disk.`, 'Name one.');
      const changed = disk.changedExtents?.[request?.parentPointUuid ?? ''];
      return {
        path,
        sizeBytes: disk.content.length,
        documents: disk.documents ?? [],
        content: {
          async read(target, position, signal) {
            reads.push([position, target.length]);
            await sleep((position / 4096) % 3);
            await disk.onRead?.(position, target.length, signal);
            target.set(disk.content.subarray(position, position + target.length));
          },
        },
        ...(disk.dataExtents ? { dataExtents: async () => disk.dataExtents ?? [] } : {}),
        ...(changed ? { changedExtents: async () => changed } : {}),
        async checkUnchanged() {
          if (disk.changed) throw new SourceError('changed', path, `${path} has changed.`, 'Start the backup again.');
        },
        async close(committed) {
          closed.push(committed);
        },
      };
    },
  };
}
