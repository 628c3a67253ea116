import { setTimeout } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FileError } from '../../files/file-error.ts';
import type {
  ChangeableFile,
  CreateOptions,
  FilePlace,
  PlaceAbilities,
  ReadableFile,
  UnfinishedFile,
} from '../../files/file-place.ts';
import { OperationError } from '../../errors.ts';
import { RepositoryUnavailable } from '../errors.ts';
import type {
  FoundFile,
  PlaceFacts,
  PlaceSettings,
  RepositoryKind,
  RepositoryStorage,
  SpaceFacts,
} from '../kinds/kind.ts';

export interface MemorySettings extends PlaceSettings {
  readonly kind: 'memory';
  readonly bucket: string;
}

const can: PlaceAbilities = { append: false, replace: false, resume: false };
const marker = 'reelvault-repository.json';

/**
 * Repositories as an object store has them, for tests alone: whole objects in memory that are put once and never changed,
 * found by prefix and not by folder, each request with a delay, and any request made to fail before or after it did its
 * work. Nothing has a descriptor.
 */
export class MemoryObjects {
  readonly buckets = new Map<string, Map<string, Buffer>>();
  /** Of each request. */
  delayMs = 0;
  /** Requests made so far, by name. */
  readonly requests: string[] = [];
  #failure: { nth: number; when: 'before' | 'after' } | undefined;

  /** The nth request from here on fails (1 is the next one). `after`: the store has done it, and the answer was lost. */
  failAt(nth: number, when: 'before' | 'after'): void {
    this.#failure = { nth, when };
  }

  /** Whether a failure that was planned has not happened; it is forgotten. */
  unfired(): boolean {
    const unfired = this.#failure !== undefined;
    this.#failure = undefined;
    return unfired;
  }

  async request<T>(name: string, target: string, act: () => T): Promise<T> {
    this.requests.push(`${name} ${target}`);
    if (this.delayMs > 0) await setTimeout(this.delayMs);
    const failure = this.#failure;
    if (failure) failure.nth -= 1;
    const fails = failure?.nth === 0;
    if (fails) this.#failure = undefined;
    if (fails && failure?.when === 'before') throw new FileError('failed', target, `${name} ${target}: no answer.`);
    const result = act();
    if (fails) throw new FileError('failed', target, `${name} ${target}: the answer was lost.`);
    return result;
  }

  bucket(name: string): Map<string, Buffer> {
    const found = this.buckets.get(name);
    if (found) return found;
    throw new RepositoryUnavailable(`There is no bucket ${name}.`);
  }

  /** Puts an object if there is none of that name; gives whether it did. */
  put(bucket: string, key: string, bytes: Buffer): Promise<boolean> {
    return this.request('put', key, () => {
      const objects = this.bucket(bucket);
      if (objects.has(key)) return false;
      objects.set(key, bytes);
      return true;
    });
  }

  get kind(): RepositoryKind<MemorySettings> {
    return {
      can,
      check(settings) {
        if (/^[a-z0-9-]+$/.test(settings.bucket)) return settings;
        throw new OperationError(`“${settings.bucket}” is no name of a bucket.`, 'Use letters and digits.', {
          kind: 'invalid',
          field: 'settings.place.bucket',
        });
      },
      locationOf: ({ bucket }) => `memory:${bucket}`,
      overlaps: (one, other) => one.bucket === other.bucket,
      inspect: ({ bucket }) => this.#inspect(bucket),
      claim: async ({ bucket }, id, { create }) => {
        if (!create && !this.buckets.has(bucket)) {
          throw new OperationError(`There is no bucket ${bucket}.`, null, {
            kind: 'invalid',
            field: 'settings.place.bucket',
          });
        }
        if (!this.buckets.has(bucket)) this.buckets.set(bucket, new Map());
        await this.put(bucket, marker, Buffer.from(JSON.stringify({ id })));
        return (await this.marker(bucket)) ?? id;
      },
      open: ({ bucket }, { scratchDir }) => new MemoryStorage(this, bucket, scratchDir),
    };
  }

  async #inspect(bucket: string): Promise<PlaceFacts> {
    const facts = { isMountPoint: false, writable: true, capacityBytes: null, freeBytes: null, problem: null };
    const exists = this.buckets.has(bucket);
    return { ...facts, exists, repositoryId: exists ? ((await this.marker(bucket)) ?? null) : null };
  }

  async marker(bucket: string): Promise<string | undefined> {
    const text = await this.request('get', marker, () => this.bucket(bucket).get(marker)?.toString());
    return text === undefined ? undefined : (JSON.parse(text) as { id: string }).id;
  }
}

class MemoryStorage implements RepositoryStorage {
  readonly can = can;
  readonly #objects: MemoryObjects;
  readonly #bucket: string;
  readonly #scratchDir: string;

  constructor(objects: MemoryObjects, bucket: string, scratchDir: string) {
    this.#objects = objects;
    this.#bucket = bucket;
    this.#scratchDir = scratchDir;
  }

  async require(id: string): Promise<void> {
    const found = await this.#objects.marker(this.#bucket);
    if (found === id) return;
    throw new RepositoryUnavailable(
      found === undefined
        ? `The bucket ${this.#bucket} holds no repository.`
        : `The bucket ${this.#bucket} holds another repository (${found}).`,
    );
  }

  async list(signal?: AbortSignal): Promise<FoundFile[]> {
    signal?.throwIfAborted();
    return this.#objects.request('list', this.#bucket, () =>
      [...this.#objects.bucket(this.#bucket)]
        .filter(([key]) => key.endsWith('.rvb'))
        .map(([path, bytes]) => ({ path, sizeBytes: bytes.length, partial: false }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  }

  async space(): Promise<SpaceFacts> {
    return { capacityBytes: null, freeBytes: null };
  }

  place(path: string): FilePlace {
    return new MemoryPlace(this.#objects, this.#bucket, keyOf(path), this.#scratchDir);
  }

  async delete(path: string): Promise<void> {
    const key = keyOf(path);
    const objects = this.#objects.bucket(this.#bucket);
    await this.#objects.request('delete', key, () => objects.delete(key));
    const prefix = key.slice(0, key.lastIndexOf('/') + 1);
    const rest = [...objects.keys()].filter((other) => other.startsWith(prefix));
    if (prefix !== '' && rest.length === 1 && rest[0] === `${prefix}chain.json`) objects.delete(rest[0]);
  }

  async removeLeftover(): Promise<void> {}

  async writeNote(path: string, text: string): Promise<void> {
    const key = keyOf(path);
    await this.#objects.request('put', key, () => this.#objects.bucket(this.#bucket).set(key, Buffer.from(text)));
  }
}

/** A key is a relative path that stays where it is. */
function keyOf(path: string): string {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.includes('..')) throw new RangeError(`“${path}” points outside the repository.`);
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}

class MemoryPlace implements FilePlace {
  readonly can = can;
  readonly name: string;
  readonly #objects: MemoryObjects;
  readonly #bucket: string;
  readonly #key: string;
  readonly #scratchDir: string;

  constructor(objects: MemoryObjects, bucket: string, key: string, scratchDir: string) {
    this.name = `memory:${bucket}/${key}`;
    this.#objects = objects;
    this.#bucket = bucket;
    this.#key = key;
    this.#scratchDir = scratchDir;
  }

  exists(): Promise<boolean> {
    return this.#objects.request('head', this.#key, () => this.#objects.bucket(this.#bucket).has(this.#key));
  }

  async open(): Promise<ReadableFile> {
    const objects = this.#objects;
    const { name } = this;
    const bytes = await objects.request('head', this.#key, () => objects.bucket(this.#bucket).get(this.#key));
    if (!bytes) throw new FileError('missing', name, `Opening ${name} failed: it is not there.`);
    return {
      name,
      descriptor: undefined,
      sizeBytes: bytes.length,
      read: (buffer, position) =>
        objects.request('get', name, () => {
          const part = bytes.subarray(position, position + buffer.length);
          buffer.set(part);
          return part.length;
        }),
      close: async () => {},
    };
  }

  async openToAppend(): Promise<ChangeableFile> {
    throw new FileError('failed', this.name, `${this.name} cannot be added to: objects are never changed.`);
  }

  async create({ replace }: CreateOptions): Promise<UnfinishedFile> {
    if (replace)
      throw new FileError('failed', this.name, `${this.name} cannot be replaced: objects are never changed.`);
    if (await this.exists()) throw new FileError('exists', this.name, `${this.name} exists already.`);
    return new UnfinishedObject(this.name, (bytes) => this.#publish(bytes));
  }

  /** An answer that was lost is no failure where the object is there and is ours. */
  async #publish(bytes: Buffer): Promise<void> {
    let put: boolean;
    try {
      put = await this.#objects.put(this.#bucket, this.#key, bytes);
    } catch (error) {
      const there = await this.#objects.request('get', this.#key, () =>
        this.#objects.bucket(this.#bucket).get(this.#key),
      );
      if (there === bytes) return;
      throw error;
    }
    if (!put) throw new FileError('exists', this.name, `${this.name} exists already.`);
  }

  async hasUnfinished(): Promise<boolean> {
    return false;
  }

  async readProgress(): Promise<string | undefined> {
    return undefined;
  }

  async writeProgress(): Promise<void> {}

  async removeUnfinished(): Promise<void> {}

  async remove(): Promise<void> {
    await this.#objects.request('delete', this.#key, () => this.#objects.bucket(this.#bucket).delete(this.#key));
  }

  scratchPath(purpose: string): string {
    return join(this.#scratchDir, `${randomUUID()}.${purpose}.partial`);
  }
}

/** Gathers what is written, in whatever order, until it is put as one object. */
class UnfinishedObject implements UnfinishedFile {
  readonly name: string;
  readonly descriptor = undefined;
  readonly sizeBytes = 0;
  readonly isClone = false;
  readonly #put: (bytes: Buffer) => Promise<void>;
  #bytes = Buffer.alloc(64 * 1024);
  #end = 0;

  constructor(name: string, put: (bytes: Buffer) => Promise<void>) {
    this.name = name;
    this.#put = put;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    const part = this.#bytes.subarray(position, Math.min(this.#end, position + buffer.length));
    buffer.set(part);
    return part.length;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const end = position + bytes.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, position);
    this.#end = Math.max(this.#end, end);
  }

  async flush(): Promise<void> {}

  async publish(): Promise<number> {
    await this.#put(this.#bytes.subarray(0, this.#end));
    return this.#end;
  }

  async abandon(): Promise<void> {
    this.#bytes = Buffer.alloc(0);
  }

  async close(): Promise<void> {}
}
