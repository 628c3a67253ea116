import type { DigestLane, DigestStream } from './digest-pool.ts';
import type { ManifestDocument, ManifestSlice, SliceLocation } from './documents.ts';
import { maxSlicesPerDataFile, thisFormat } from './documents.ts';
import { encodeDocument } from './fields.ts';
import type { FillContent, TapeFileWriter, WrittenTapeFile } from './tape-file-writer.ts';
import { sliceMemberName, tapeFileTag } from './tape-names.ts';

/** One slice to write. */
export interface SliceToWrite {
  fileUuid: string;
  pathOnTape: string;
  slice: number;
  sliceCount: number;
  offset: number;
  lengthBytes: number;
}

/** A DATA file while slices are added to it. */
export class OpenDataFile {
  readonly file: TapeFileWriter;
  readonly #tapeUuid: string;
  readonly #lanes: readonly DigestLane[];
  readonly #slices: { name: string; location: Omit<SliceLocation, 'sha256'>; sha256: Promise<string> }[] = [];

  constructor(file: TapeFileWriter, tapeUuid: string, lanes: readonly DigestLane[]) {
    this.file = file;
    this.#tapeUuid = tapeUuid;
    this.#lanes = lanes;
  }

  /** True when the next slice should go into another DATA file. */
  isFull(dataFileBytes: number): boolean {
    return this.file.archiveBytes >= dataFileBytes || this.#slices.length >= maxSlicesPerDataFile;
  }

  /**
   * Adds one slice. When its source fails and `completes` says so, it is filled up with zeros, so that the slices before
   * it stay usable, and left out of manifest and sums. The source's error is thrown; drive errors throw DriveWriteError.
   */
  async addSlice(
    of: SliceToWrite,
    whole: DigestStream | undefined,
    fill: FillContent,
    completes: () => boolean,
    now: number,
  ): Promise<void> {
    const name = sliceMemberName(of.pathOnTape, of.slice, of.sliceCount);
    // Neighbouring slices take turns on the threads, so that one core's SHA-256 does not limit the drive.
    const digest = this.#lanes[of.slice % this.#lanes.length]?.start();
    if (!digest) throw new Error('There is no thread for digests.');
    const content = { fill, completes, digests: whole ? [digest, whole] : [digest] };
    const written = await this.file.addStream(name, of.lengthBytes, now, content).catch((error: unknown) => {
      digest.drop();
      throw error;
    });
    if (written.failure) {
      digest.drop();
      throw written.failure.error;
    }
    const sha256 = digest.sha256();
    // Awaited when the slice's place is asked for; a failure before that is not unhandled.
    sha256.catch(() => {});
    const { fileUuid, slice, offset, lengthBytes } = of;
    const { firstBlock, headerOffset } = written;
    const place = { tapeUuid: this.#tapeUuid, tapeFile: this.file.tapeFile, firstBlock, headerOffset };
    this.#slices.push({ name, location: { fileUuid, slice, offset, lengthBytes, ...place }, sha256 });
  }

  /** Which files have slices in here, and from which slice on. */
  firstSlices(): { fileUuid: string; fromSlice: number }[] {
    const first = new Map<string, number>();
    for (const { location } of this.#slices) {
      if (!first.has(location.fileUuid)) first.set(location.fileUuid, location.slice);
    }
    return [...first].map(([fileUuid, fromSlice]) => ({ fileUuid, fromSlice }));
  }

  get sliceCount(): number {
    return this.#slices.length;
  }

  /** The slices from the `first`-th in here on, once their digests are known. */
  async slicesFrom(first: number): Promise<SliceLocation[]> {
    const some = this.#slices.slice(first);
    return Promise.all(some.map(async ({ location, sha256 }) => ({ ...location, sha256: await sha256 })));
  }

  /** Writes manifest and sums, ends the archive and writes its filemark. */
  async end(sequence: number, now: number): Promise<WrittenTapeFile> {
    const slices: ManifestSlice[] = [];
    for (const { name, location, sha256 } of this.#slices) {
      const { fileUuid, slice, offset, lengthBytes, firstBlock, headerOffset = 0 } = location;
      const digest = await sha256;
      slices.push({ name, fileUuid, slice, offset, lengthBytes, sha256: digest, firstBlock, headerOffset });
      this.file.addSum(name, digest);
    }
    const { tapeFile } = this.file;
    const manifest: ManifestDocument = { ...thisFormat, kind: 'manifest', tapeUuid: this.#tapeUuid, tapeFile, slices };
    await this.file.addDocument(`MANIFEST.${tapeFileTag(sequence, tapeFile)}.json`, encodeDocument(manifest), now);
    await this.file.addSums(sequence, now);
    return this.file.end();
  }
}
