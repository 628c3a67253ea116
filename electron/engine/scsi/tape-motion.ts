import { type Clock, systemClock } from '../faults/clock.ts';
import { put24, put32, put64 } from './big-endian.ts';
import { type CommandOutcome, perform, succeeded } from './command.ts';
import {
  countToEndOfData,
  locateBySpacing,
  longestSpace,
  type SpaceOutcome,
  type SpacingDrive,
} from './dead-reckoning.ts';
import { ScsiError, type Sense, senseKey } from './sense.ts';
import { waitReady } from './spc.ts';
import { parseLongPosition, parseShortPosition, type TapePosition } from './tape-position.ts';
import { commandLimitMs, type ExecuteOptions, type ScsiTransport, scsiStatus, type TimeoutClass } from './transport.ts';

/**
 * Moves the tape of one drive and knows where it stands, by asking the drive and by counting. After a reset or a change
 * of cartridge that nobody here asked for, `assertKept` throws until the tape is positioned (reset) or a cartridge is
 * loaded (change) again: what is written or read at an unknown place is worse than an error.
 */
export class TapeMotion {
  readonly transport: ScsiTransport;
  /** `undefined` until tried. */
  locateWorks?: boolean;
  readPositionWorks?: boolean;
  #longPositionWorks = true;
  /** Counted from the last known place; undefined where that is lost. */
  #block?: number;
  #file?: number;
  #atEndOfData = false;
  #lost?: ScsiError;
  /** Transfers under way. */
  #underWay = 0;
  readonly #clock: Clock;

  constructor(transport: ScsiTransport, clock: Clock = systemClock) {
    this.transport = transport;
    this.#clock = clock;
  }

  /** The IMMED bit of commands that wind the tape: set where the transport cannot wait for as long as that may take. */
  get immediate(): 0 | 1 {
    return this.transport.longestCommandMs === undefined ? 0 : 1;
  }

  /** Block of the next record as far as it was counted. */
  get block(): number | undefined {
    return this.#block;
  }

  /** Carries out a command, and remembers it when the device tells of a reset or of another cartridge. */
  async perform(name: string, cdb: Uint8Array, options?: ExecuteOptions): Promise<CommandOutcome> {
    const outcome = await perform(this.transport, cdb, options);
    if (outcome.sense?.key === senseKey.unitAttention) this.#heard(name, outcome.sense);
    return outcome;
  }

  #heard(name: string, sense: Sense): void {
    if (!losesPosition(sense)) return;
    const cartridgeChanged = this.#lost?.asc === 0x28;
    if (!cartridgeChanged) this.#lost = new ScsiError(this.transport.name, name, scsiStatus.checkCondition, sense);
    this.forget();
  }

  /**
   * {@link perform} for commands that move data. Changes that leave the tape where it is (other logical units, mode
   * parameters) are passed over, as the command was not carried out; with others under way it would come out of turn.
   */
  async transfer(name: string, cdb: Uint8Array, options?: ExecuteOptions): Promise<CommandOutcome> {
    this.#underWay += 1;
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.perform(name, cdb, options);
        const { sense } = outcome;
        const isHarmless = sense?.key === senseKey.unitAttention && !losesPosition(sense);
        if (!isHarmless || this.#underWay > 1 || attempt === 16) return outcome;
      }
    } finally {
      this.#underWay -= 1;
    }
  }

  /** {@link perform} for commands that move no data and depend on no position: passes over changes told of. */
  async command(name: string, cdb: Uint8Array, options?: ExecuteOptions): Promise<CommandOutcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.perform(name, cdb, options);
      if (succeeded(outcome)) return outcome;
      if (outcome.sense?.key !== senseKey.unitAttention || attempt === 16) this.fail(name, outcome);
    }
  }

  fail(name: string, outcome: CommandOutcome, block?: number): never {
    throw new ScsiError(this.transport.name, name, outcome.status, outcome.sense, block);
  }

  assertKept(): void {
    if (this.#lost) throw this.#lost;
  }

  advance(blocks: number, files: number): void {
    if (this.#block !== undefined) this.#block += blocks;
    if (this.#file !== undefined) this.#file += files;
    if (blocks > 0) this.#atEndOfData = false;
  }

  forget(): void {
    this.#block = undefined;
    this.#file = undefined;
    this.#atEndOfData = false;
  }

  /** A cartridge was loaded on purpose: earlier news of changes no longer matter. */
  cartridgeLoaded(): void {
    this.#lost = undefined;
    this.forget();
  }

  #positioned(block: number, file: number | undefined): void {
    this.#block = block;
    this.#file = file;
    if (this.#lost?.asc === 0x29) this.#lost = undefined;
  }

  async #move(name: string, cdb: Uint8Array, timeoutClass: TimeoutClass, signal?: AbortSignal): Promise<void> {
    await this.command(name, cdb, { timeoutClass, signal });
    if (this.immediate !== 0) await this.finished(timeoutClass, signal);
    if (this.#lost?.asc === 0x28) throw this.#lost;
  }

  /** Waits until what an immediate command began is done, as long as its class allows. Throws what it ended with. */
  async finished(timeoutClass: TimeoutClass, signal?: AbortSignal): Promise<void> {
    await waitReady(this.transport, {
      limitMs: commandLimitMs[timeoutClass],
      signal,
      clock: this.#clock,
      onAttention: (sense) => this.#heard('TEST UNIT READY', sense),
    });
  }

  /** At the beginning of a tape: finds out what the drive knows of positions, without moving it. */
  async probe(signal?: AbortSignal): Promise<void> {
    if (this.locateWorks === undefined) this.locateWorks = await this.#knowsLocate(signal);
    if (this.readPositionWorks === undefined) this.readPositionWorks = (await this.#ask(signal)) !== undefined;
  }

  /** Undefined where the answer tells nothing, as that of a drive that finds no block 0 on a blank tape. */
  async #knowsLocate(signal?: AbortSignal): Promise<boolean | undefined> {
    try {
      return await this.#triesLocate(0, signal);
    } catch (error) {
      if (!(error instanceof ScsiError) || error.isUnitAttention) throw error;
      return error.isUnsupported ? false : undefined;
    }
  }

  async rewind(signal?: AbortSignal): Promise<void> {
    this.forget();
    await this.#move('REWIND', Uint8Array.of(0x01, this.immediate, 0, 0, 0, 0), 'rewind', signal);
    this.#positioned(0, 0);
  }

  async locate(block: number, signal?: AbortSignal): Promise<void> {
    if (!Number.isSafeInteger(block) || block < 0) throw new RangeError(`There is no block ${block} on a tape.`);
    if (block === 0) return this.rewind(signal);
    this.forget();
    if (this.locateWorks !== false) {
      this.locateWorks = await this.#triesLocate(block, signal);
      if (this.locateWorks) return this.#positioned(block, undefined);
    }
    if (!(await locateBySpacing(this.#spacing, block, signal))) throw this.#endsBefore(block);
    this.#positioned(block, undefined);
  }

  /** False where the drive does not know LOCATE. */
  async #triesLocate(block: number, signal?: AbortSignal): Promise<boolean> {
    const [name, cdb] = locateCommand(block, this.immediate);
    try {
      await this.#move(name, cdb, 'locate', signal);
      return true;
    } catch (error) {
      if (error instanceof ScsiError && error.key === senseKey.illegalRequest && error.asc === 0x20) return false;
      throw error;
    }
  }

  async spaceFilemarks(count: number, signal?: AbortSignal): Promise<void> {
    if (!Number.isSafeInteger(count) || count < 0 || count > longestSpace) {
      throw new RangeError(`Cannot move over ${count} filemarks: go back with rewind or locate.`);
    }
    this.assertKept();
    if (count === 0) return;
    const file = this.#file;
    this.forget();
    const outcome = await this.#space(0x01, count, signal);
    if (outcome.stoppedBy) throw this.#endsBefore(undefined);
    this.#file = file === undefined ? undefined : file + count;
  }

  async spaceToEndOfData(signal?: AbortSignal): Promise<void> {
    this.assertKept();
    this.forget();
    await this.#toEnd(signal);
    const told = await this.#ask(signal);
    if (told) {
      this.#positioned(told.block, told.file);
    } else {
      const { block, file } = await countToEndOfData(this.#spacing, signal);
      this.#positioned(block, file);
    }
    this.#atEndOfData = true;
  }

  async #toEnd(signal?: AbortSignal): Promise<void> {
    // SPACE has no immediate form; LOCATE(16) to the end of data has.
    if (this.immediate !== 0 && this.locateWorks !== false) {
      const cdb = new Uint8Array(16);
      cdb.set([0x92, 0x18 | this.immediate]);
      try {
        return await this.#move('LOCATE(16)', cdb, 'locate', signal);
      } catch (error) {
        if (!(error instanceof ScsiError && error.isUnsupported)) throw error;
      }
    }
    await this.#space(0x03, 0, signal);
  }

  /** Back before the record just read: to read it again with a buffer that fits. */
  async stepBack(signal?: AbortSignal): Promise<void> {
    const [block, file] = [this.#block, this.#file];
    await this.#space(0x00, -1, signal);
    this.#block = block === undefined ? undefined : block - 1;
    this.#file = file;
  }

  async position(signal?: AbortSignal): Promise<TapePosition> {
    const told = await this.#ask(signal);
    const eod = this.#atEndOfData || undefined;
    if (told) return { ...told, file: told.file ?? this.#file, eod };
    if (this.#block === undefined) {
      throw new Error(`${this.transport.name}: the position of the tape is not known: rewind it first.`);
    }
    return { block: this.#block, file: this.#file, bop: this.#block === 0, eod };
  }

  async isAtBeginning(signal?: AbortSignal): Promise<boolean> {
    if (this.#block !== undefined) return this.#block === 0;
    return (await this.#ask(signal))?.bop ?? false;
  }

  /** READ POSITION; undefined where the drive does not have it or does not know. */
  async #ask(signal?: AbortSignal): Promise<TapePosition | undefined> {
    if (this.readPositionWorks === false) return undefined;
    // At least 20 bytes for the short and 32 for the long form: a known target overruns shorter replies.
    const short = await this.#readPosition(0x00, 20, signal);
    if (!short) return undefined;
    const told = parseShortPosition(short);
    if (!told && ((short[0] ?? 0) & 0x04) !== 0) return undefined;
    const long = this.#longPositionWorks ? await this.#readPosition(0x06, 32, signal) : undefined;
    const longTold = long && parseLongPosition(long);
    // One known target answers the long form with zeros: believed only where both forms agree.
    const agree = longTold && (!told || told.block === longTold.block);
    if (!agree) this.#longPositionWorks = false;
    return agree ? longTold : told;
  }

  async #readPosition(form: number, inLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const cdb = Uint8Array.of(0x34, form, 0, 0, 0, 0, 0, 0, 0, 0);
    try {
      return (await this.command('READ POSITION', cdb, { inLength, signal })).in;
    } catch (error) {
      if (!(error instanceof ScsiError && error.isUnsupported)) throw error;
      if (form === 0x00) this.readPositionWorks = false;
      return undefined;
    }
  }

  /** SPACE(6) (SSC-5, 6.12); throws on everything but the ordinary ends. */
  async #space(code: 0x00 | 0x01 | 0x03, count: number, signal?: AbortSignal): Promise<SpaceOutcome> {
    const cdb = Uint8Array.of(0x11, code, 0, 0, 0, 0);
    put24(cdb, 2, count);
    const outcome = await this.perform('SPACE(6)', cdb, { timeoutClass: 'locate', signal });
    const { sense } = outcome;
    if (sense && !sense.deferred) {
      const residual = sense.information;
      const isMark = sense.asc === 0x00;
      if (sense.key === senseKey.blankCheck) return { stoppedBy: 'end-of-data', residual };
      const informs = sense.key <= senseKey.recoveredError || sense.key === senseKey.mediumError;
      if (informs && isMark && (sense.ascq === 0x05 || sense.ascq === 0x02))
        return { stoppedBy: 'end-of-data', residual };
      if (informs && isMark && sense.ascq === 0x04) return { stoppedBy: 'beginning', residual };
      if (sense.key <= senseKey.recoveredError && sense.filemark) return { stoppedBy: 'filemark', residual };
    }
    if (!succeeded(outcome)) this.fail('SPACE(6)', outcome);
    return {};
  }

  readonly #spacing: SpacingDrive = {
    describe: () => this.transport.name,
    rewind: (signal) => this.rewind(signal),
    space: (what, count, signal) => this.#space(what === 'blocks' ? 0x00 : 0x01, count, signal),
    spaceToEnd: async (signal) => void (await this.#space(0x03, 0, signal)),
    isBlank: async (signal) => {
      const inLength = 4;
      const { sense } = await this.perform('READ(6)', Uint8Array.of(0x08, 0, 0, 0, inLength, 0), {
        inLength,
        timeoutClass: 'io',
        signal,
      });
      return sense?.key === senseKey.blankCheck || (sense?.asc === 0x00 && sense.ascq === 0x05);
    },
  };

  #endsBefore(block: number | undefined): ScsiError {
    const flags = { filemark: false, endOfMedium: false, incorrectLength: false, deferred: false };
    const sense = { key: senseKey.blankCheck, asc: 0x00, ascq: 0x05, ...flags };
    return new ScsiError(this.transport.name, 'SPACE(6)', scsiStatus.checkCondition, sense, block);
  }
}

/** Another cartridge, or a reset: the tape may be anywhere. */
function losesPosition({ asc }: Sense): boolean {
  return asc === 0x28 || asc === 0x29;
}

/** LOCATE(10), or LOCATE(16) for blocks beyond 32 bits (SSC-5, 7.3 and 7.4). */
function locateCommand(block: number, immediate: 0 | 1): [string, Uint8Array] {
  if (block <= 0xffff_ffff) {
    const cdb = new Uint8Array(10);
    cdb.set([0x2b, immediate]);
    put32(cdb, 3, block);
    return ['LOCATE(10)', cdb];
  }
  const cdb = new Uint8Array(16);
  cdb.set([0x92, immediate]);
  put64(cdb, 4, block);
  return ['LOCATE(16)', cdb];
}
