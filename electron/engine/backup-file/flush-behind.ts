import type { WritableFile } from '../files/file-place.ts';

/** So much may lie in the operating system's memory before it is told to begin with the disk. */
const unflushedBytes = 64 * 1024 * 1024;

/** Keeps the disk busy while a file is being written, so that its final flush has little left to wait for. */
export class FlushBehind {
  readonly #file: WritableFile;
  #flushedAt = 0;
  #underWay: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(file: WritableFile) {
    this.#file = file;
  }

  /** Called with the number of bytes written so far, now and then. */
  note(writtenBytes: number): void {
    if (this.#underWay || this.#failure || writtenBytes - this.#flushedAt < unflushedBytes) return;
    this.#flushedAt = writtenBytes;
    this.#underWay = this.#file.flush('data').then(
      () => {
        this.#underWay = undefined;
      },
      (error: unknown) => {
        // The system tells of a lost write once: if not kept here, the final flush would succeed.
        this.#failure = { error };
        this.#underWay = undefined;
      },
    );
  }

  /** Waits for what is under way; rejects where a flush failed. The final flush is the caller's. */
  async end(): Promise<void> {
    await this.#underWay;
    if (this.#failure) throw this.#failure.error;
  }
}
