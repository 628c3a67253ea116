/** A scratch folder with raw disks and backups of them, for the tests of backup files. */
import { createCipheriv, createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskSource } from '../write-backup.ts';
import type { SourceDisk } from '../../sources/kinds/kind.ts';
import { openDisk } from '../../sources/open-disk.ts';
import type { BackupFileInfo, Keys, NewPointMetadata } from '../restore-point.ts';
import { type BackupByPath, openPoint, writeBackup } from './by-path.ts';

export const blockBytes = 256 * 1024;

/** Bytes that look random and are the same each time. */
export function noise(seed: string, bytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Bytes that compress well. */
export function prose(seed: string, bytes: number): Buffer {
  return Buffer.alloc(bytes, `${seed}: the quick brown fox jumps over the lazy dog. `);
}

/**
 * Builds a disk of blocks: `.` zero, a lower-case letter noise, an upper-case one compressible text. Equal letters are
 * equal blocks. `tailBytes` shortens the last block.
 */
export function disk(pattern: string, tailBytes = blockBytes): Buffer {
  const blocks = [...pattern].map((letter) => {
    if (letter === '.') return Buffer.alloc(blockBytes);
    return letter === letter.toLowerCase() ? noise(letter, blockBytes) : prose(letter, blockBytes);
  });
  return Buffer.concat(blocks).subarray(0, (pattern.length - 1) * blockBytes + tailBytes);
}

export function pointMetadata(changes: Partial<NewPointMetadata> = {}): NewPointMetadata {
  return {
    pointUuid: randomUUID(),
    createdAt: '2026-11-20T21:00:00.000Z',
    machine: { id: 'm1', name: 'web-01', platform: 'raw' },
    job: { id: 'j1', name: 'Nightly' },
    blockSizeBytes: blockBytes,
    ...changes,
  };
}

export class Scene {
  readonly folder: string;
  readonly chainUuid = randomUUID();
  #count = 0;
  readonly #open: SourceDisk[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Scene> {
    return new Scene(await mkdtemp(join(tmpdir(), 'rv-backup-file-')));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Raw disks of these contents, open until the scene is removed. */
  async disks(contents: Record<string, Buffer>): Promise<DiskSource[]> {
    const made: DiskSource[] = [];
    for (const [objectId, content] of Object.entries(contents)) {
      const path = this.path(`${objectId}-${this.#count++}.img`);
      await writeFile(path, content);
      const source = await openDisk({ path });
      this.#open.push(source);
      made.push({ objectId, name: `Disk ${objectId}`, source });
    }
    return made;
  }

  /** Writes a point of these disks over `chain` (newest first) and gives its file. */
  async backUp(
    contents: Record<string, Buffer>,
    chain: string[] = [],
    options: Partial<BackupByPath> = {},
  ): Promise<BackupFileInfo> {
    return writeBackup({
      targetPath: this.path(`point-${this.#count++}.rvb`),
      chain,
      kind: chain.length === 0 ? 'full' : 'increment',
      chainUuid: this.chainUuid,
      metadata: pointMetadata(),
      disks: await this.disks(contents),
      codec: 'zstd',
      ...options,
    });
  }

  async remove(): Promise<void> {
    await Promise.all(this.#open.map((source) => source.close(false)));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Reads every disk of a point whole, by object id. */
export async function readPoint(paths: string[], keys?: Keys): Promise<Record<string, Buffer>> {
  const point = await openPoint(paths, keys);
  try {
    const contents: Record<string, Buffer> = {};
    for (const [index, object] of point.objects.entries()) {
      const content = Buffer.alloc(object.sizeBytes, 0xee);
      await point.readRange(index, 0, content);
      contents[object.id] = content;
    }
    return contents;
  } finally {
    await point.close();
  }
}

/** Fails with the first block that differs; comparing megabytes through a test framework takes seconds. */
export function sameDisks(actual: Record<string, Buffer>, expected: Record<string, Buffer>): string {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])].sort();
  for (const name of names) {
    const is = actual[name];
    const must = expected[name];
    if (!is || !must) return `${name} is ${is ? 'too much' : 'missing'}`;
    if (is.length !== must.length) return `${name} has ${is.length} bytes instead of ${must.length}`;
    for (let at = 0; at < must.length; at += blockBytes) {
      if (!is.subarray(at, at + blockBytes).equals(must.subarray(at, at + blockBytes))) {
        return `${name} differs in block ${at / blockBytes}`;
      }
    }
  }
  return 'same';
}

export async function flipByte(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x01;
  await writeFile(path, bytes);
}
