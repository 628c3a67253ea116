import { EndOfMedium, ScsiError, senseKey } from '../../../scsi/sense.ts';
import type { BatchRead, ReadOutcome } from '../../../scsi/ssc.ts';
import type { TapeDrivePort } from '../drive-port.ts';

/** One object on the tape; `null` is a filemark. */
export type TapeObject = Uint8Array | null;

const checkCondition = 0x02;
const flags = { filemark: false, endOfMedium: false, incorrectLength: false, deferred: false };

/**
 * A tape in memory, for unit tests of what stands above the drive. Early warning and hard end are given in objects;
 * `failRead`, `failWrite` and `failFlush` throw where a test wants them to.
 */
export class MemoryDrive implements TapeDrivePort {
  objects: TapeObject[] = [];
  at = 0;
  earlyWarningAt = Number.POSITIVE_INFINITY;
  capacity = Number.POSITIVE_INFINITY;
  writeProtected = false;
  /** Objects before this one are on the medium, those from it on only in the drive's buffer. */
  flushedTo = 0;
  events: string[] = [];
  failRead?: (block: number) => Error | undefined;
  failWrite?: (block: number) => Error | undefined;
  failFlush?: () => Error | undefined;

  static mediumError(block: number): ScsiError {
    return new ScsiError(
      'memory',
      'READ(6)',
      checkCondition,
      { ...flags, key: senseKey.mediumError, asc: 0x11, ascq: 0 },
      block,
    );
  }

  static writeError(block: number): ScsiError {
    return new ScsiError(
      'memory',
      'WRITE(6)',
      checkCondition,
      { ...flags, key: senseKey.mediumError, asc: 0x0c, ascq: 0 },
      block,
    );
  }

  /** What was not flushed is gone. */
  loseBuffer(): void {
    this.objects.length = Math.min(this.objects.length, this.flushedTo);
    this.at = Math.min(this.at, this.objects.length);
  }

  async rewind(): Promise<void> {
    this.at = 0;
  }

  async locate(block: number): Promise<void> {
    this.events.push(`locate ${block}`);
    if (block > this.objects.length) throw this.#blankCheck();
    this.at = block;
  }

  async spaceFilemarks(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      if (this.at >= this.objects.length) throw this.#blankCheck();
      if (this.objects[this.at] === null) left -= 1;
      this.at += 1;
    }
  }

  async spaceToEndOfData(): Promise<void> {
    this.at = this.objects.length;
  }

  async position(): Promise<{ block: number; file: number }> {
    return { block: this.at, file: this.objects.slice(0, this.at).filter((object) => object === null).length };
  }

  async readRecord(buffer: Uint8Array): Promise<ReadOutcome> {
    const object = this.objects[this.at];
    if (object === undefined) return { kind: this.objects.length === 0 ? 'blank' : 'end-of-data' };
    const failure = this.failRead?.(this.at);
    if (failure) throw failure;
    this.at += 1;
    if (object === null) return { kind: 'filemark' };
    if (object.length > buffer.length) throw new Error(`A record of ${object.length} bytes for ${buffer.length}.`);
    buffer.set(object);
    return { kind: 'record', length: object.length };
  }

  async readRecords(buffer: Uint8Array, recordBytes: number): Promise<BatchRead> {
    const batch: BatchRead = { records: 0, lengthBytes: 0 };
    while (batch.lengthBytes + recordBytes <= buffer.length) {
      if (batch.records > 0 && this.failRead?.(this.at)) return batch;
      const outcome = await this.readRecord(buffer.subarray(batch.lengthBytes, batch.lengthBytes + recordBytes));
      if (outcome.kind !== 'record') {
        return { ...batch, stoppedBy: outcome.kind === 'filemark' ? 'filemark' : 'end-of-data' };
      }
      batch.records += 1;
      batch.lengthBytes += outcome.length;
      if (outcome.length < recordBytes) return { ...batch, stoppedBy: 'short-record' };
    }
    return batch;
  }

  async writeRecords(
    buffer: Uint8Array,
    recordBytes: number,
  ): Promise<{ earlyWarning: boolean; writtenRecords: number }> {
    let writtenRecords = 0;
    for (let from = 0; from < buffer.length; from += recordBytes) {
      this.#put(Uint8Array.from(buffer.subarray(from, from + recordBytes)));
      writtenRecords += 1;
      await Promise.resolve();
    }
    return { earlyWarning: this.at > this.earlyWarningAt, writtenRecords };
  }

  async writeFilemarks(count: number, options: { immediate: boolean }): Promise<{ earlyWarning: boolean }> {
    for (let index = 0; index < count; index += 1) this.#put(null);
    this.events.push(options.immediate ? 'filemark' : 'filemark+flush');
    if (!options.immediate) this.flushedTo = this.objects.length;
    return { earlyWarning: this.at > this.earlyWarningAt };
  }

  async flush(): Promise<void> {
    this.events.push('flush');
    const failure = this.failFlush?.();
    if (failure) throw failure;
    this.flushedTo = this.objects.length;
  }

  async isWriteProtected(): Promise<boolean> {
    return this.writeProtected;
  }

  #put(object: TapeObject): void {
    if (this.writeProtected) throw new Error('The medium is write-protected.');
    const failure = this.failWrite?.(this.at);
    if (failure) throw failure;
    if (this.at >= this.capacity) {
      const sense = { ...flags, endOfMedium: true, key: senseKey.volumeOverflow, asc: 0, ascq: 2 };
      throw new EndOfMedium('memory', 'WRITE(6)', checkCondition, sense, this.at);
    }
    this.objects.length = this.at;
    this.flushedTo = Math.min(this.flushedTo, this.at);
    this.objects.push(object);
    this.at += 1;
  }

  #blankCheck(): ScsiError {
    return new ScsiError('memory', 'SPACE(6)', checkCondition, { ...flags, key: senseKey.blankCheck, asc: 0, ascq: 5 });
  }
}
