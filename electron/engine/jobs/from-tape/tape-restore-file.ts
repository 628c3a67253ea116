import { durableStep, faultPoint } from '../../faults/fault-points.ts';
import type { FilePlace, UnfinishedFile } from '../../files/file-place.ts';
import { OperationError } from '../../errors.ts';
import type { SliceLocation } from '../../tape/archive/documents.ts';
import { type DigestLane, type DigestStream, openDigestLanes } from '../../tape/archive/digest-pool.ts';
import { RecordRing } from '../../tape/archive/record-ring.ts';

/** What is restored: one backup file, as one writing of it on tape. */
export interface RestoredFileIdentity {
  archiveId: string;
  fileUuid: string;
  pointUuid: string;
  sizeBytes: number;
  sha256: string;
}

/** What is noted of the unfinished file: which of its slices are there and verified. */
interface ProgressDocument extends RestoredFileIdentity {
  format: 'reelvault-restore-progress';
  version: 1;
  /** Slice numbers as inclusive ranges. */
  verified: [number, number][];
}

/** How much may have to be read again after a crash. */
const checkpointBytes = 256 * 2 ** 20;
const chunkBytes = 2 ** 20;

/**
 * A backup file that comes back from tape, unfinished until all of it is verified. Slices arrive in any order; what is
 * verified is noted, data before the note, so that a restart goes on from there, where the repository can resume.
 */
export class RestoredFile {
  readonly place: FilePlace;
  readonly identity: RestoredFileIdentity;
  readonly slices: readonly SliceLocation[];
  readonly #verified = new Set<number>();
  #file: UnfinishedFile | undefined;
  #unsaved = 0;
  /** Bytes read from tape for it, and written to it, in this session. */
  readBytes = 0;
  writtenBytes = 0;
  /** Slices that an earlier process has verified and written. */
  readonly #left = new Set<number>();
  #checkpointing: Promise<void> | undefined;
  #checkpointFailure: { error: unknown } | undefined;

  constructor(place: FilePlace, identity: RestoredFileIdentity, slices: readonly SliceLocation[]) {
    this.place = place;
    this.identity = identity;
    this.slices = slices;
  }

  /** As people know it. */
  get path(): string {
    return this.place.name;
  }

  get missing(): SliceLocation[] {
    return this.slices.filter(({ slice }) => !this.#verified.has(slice));
  }

  get verifiedBytes(): number {
    return this.slices.reduce((sum, slice) => sum + (this.#verified.has(slice.slice) ? slice.lengthBytes : 0), 0);
  }

  /** Learns what an interrupted restore of the same file left; changes nothing. */
  async load(): Promise<void> {
    const left = await this.#readProgress();
    for (const [from, to] of left?.verified ?? [])
      for (let slice = from; slice <= to; slice += 1) {
        this.#verified.add(slice);
        this.#left.add(slice);
      }
  }

  /** Opens the partial file: the one that was left, or a new one. */
  async open(): Promise<void> {
    const resume = this.#verified.size > 0;
    if (!resume) await this.place.removeUnfinished();
    this.#file = await this.place.create({ area: 'restore', replace: this.place.can.replace, resume });
  }

  async #readProgress(): Promise<ProgressDocument | undefined> {
    const text = await this.place.readProgress().catch(() => undefined);
    if (text === undefined || !(await this.place.hasUnfinished())) return undefined;
    try {
      const found = JSON.parse(text) as Partial<ProgressDocument>;
      const { archiveId, fileUuid, sha256, sizeBytes } = this.identity;
      const same =
        found.format === 'reelvault-restore-progress' &&
        found.version === 1 &&
        found.archiveId === archiveId &&
        found.fileUuid === fileUuid &&
        found.sha256 === sha256 &&
        found.sizeBytes === sizeBytes &&
        Array.isArray(found.verified);
      return same ? (found as ProgressDocument) : undefined;
    } catch {
      return undefined;
    }
  }

  took(bytes: number): void {
    this.readBytes += bytes;
  }

  /** Writes at a position of the file. */
  async write(buffer: Uint8Array, position: number): Promise<void> {
    const file = this.#opened();
    faultPoint('fs.write', 'before', file.name);
    await file.write(buffer, position);
    this.writtenBytes += buffer.length;
    this.#throwIfLost();
    if (this.#unsaved >= checkpointBytes) this.#checkpointBeside();
  }

  /** Takes note of a slice whose bytes are written and match their digest. */
  verified(slice: SliceLocation): void {
    this.#verified.add(slice.slice);
    this.#left.delete(slice.slice);
    this.#unsaved += slice.lengthBytes;
  }

  /** Makes data durable, then the note of what is verified. */
  async checkpoint(): Promise<void> {
    await this.#checkpointing;
    this.#throwIfLost();
    await this.#checkpoint();
  }

  /** The same while more is written: the disk is kept busy, and little is left to wait for at the end. */
  #checkpointBeside(): void {
    this.#checkpointing ??= this.#checkpoint().then(
      () => {
        this.#checkpointing = undefined;
      },
      (error: unknown) => {
        // The system tells of a lost write once: if not kept here, the next flush would succeed.
        this.#checkpointFailure = { error };
        this.#checkpointing = undefined;
      },
    );
  }

  #throwIfLost(): void {
    if (this.#checkpointFailure) throw this.#checkpointFailure.error;
  }

  async #checkpoint(): Promise<void> {
    if (this.#unsaved === 0 || !this.#file) return;
    const file = this.#file;
    const verified = rangesOf(this.#verified);
    this.#unsaved = 0;
    await durableStep('restore.data', file.name, () => file.flush('data'));
    const document: ProgressDocument = {
      format: 'reelvault-restore-progress',
      version: 1,
      ...this.identity,
      verified,
    };
    await this.place.writeProgress(`${JSON.stringify(document)}\n`);
  }

  /**
   * Reads back what an earlier process has left, several slices at a time, and compares their digests: anything may have
   * happened to it since. Forgets the partial file when one differs. What was written in this session matched its digest
   * on the way, as every copy does; with that the slices cover the file without gap.
   */
  async verifyLeft(signal: AbortSignal): Promise<void> {
    const left = this.slices.filter(({ slice }) => this.#left.has(slice));
    let differs = false;
    const work = async (lane: DigestLane): Promise<void> => {
      const ring = new RecordRing(4, chunkBytes);
      try {
        for (let slice = left.shift(); slice && !differs; slice = left.shift()) {
          if ((await this.#digestOf(slice, lane.start(), ring, signal)) !== slice.sha256) differs = true;
        }
      } finally {
        ring.release();
      }
    };
    if (left.length === 0) return;
    const results = await Promise.allSettled(openDigestLanes().map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (!differs) return;
    await this.discard();
    throw new OperationError(
      `${this.path}: what an interrupted restore left does not match its SHA-256 sums any more, so it was dropped.`,
      'Restore it again; if that happens twice, check memory and disk of this machine.',
    );
  }

  async #digestOf(slice: SliceLocation, digest: DigestStream, ring: RecordRing, signal: AbortSignal): Promise<string> {
    const file = this.#opened();
    const end = slice.offset + slice.lengthBytes;
    try {
      for (let at = slice.offset; at < end; ) {
        signal.throwIfAborted();
        const chunk = await ring.take();
        const bytesRead = await file.read(chunk.bytes.subarray(0, Math.min(chunkBytes, end - at)), at);
        if (bytesRead === 0) throw new OperationError(`${file.name} ends at byte ${at}.`, 'Restore it again.');
        at += bytesRead;
        digest.update(ring.memory, chunk.offset, bytesRead).then(
          () => ring.letGo(chunk),
          (error: unknown) => ring.fail(error),
        );
      }
      return await digest.sha256();
    } catch (error) {
      digest.drop();
      throw error;
    }
  }

  /** Makes the whole file durable under its name. */
  async commit(): Promise<void> {
    const file = this.#opened();
    await this.#checkpointing;
    this.#throwIfLost();
    await durableStep('restore.sync', file.name, () => file.flush());
    this.#file = undefined;
    await file.publish();
    await this.place.removeUnfinished();
  }

  async close(): Promise<void> {
    await this.#checkpointing;
    const file = this.#file;
    this.#file = undefined;
    // Where nothing can be resumed, there is nothing to leave.
    await (this.place.can.resume ? file?.close() : file?.abandon());
  }

  /** Removes the partial file and its progress. */
  async discard(): Promise<void> {
    await this.close();
    this.#verified.clear();
    this.#left.clear();
    await this.place.removeUnfinished();
  }

  #opened(): UnfinishedFile {
    if (!this.#file) throw new Error(`${this.path} is not open.`);
    return this.#file;
  }
}

function rangesOf(numbers: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}
