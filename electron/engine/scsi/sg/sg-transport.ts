import {
  commandLimitMs,
  type ExecuteOptions,
  type ScsiReply,
  type ScsiTransport,
  TransportError,
} from '../transport.ts';
import {
  decodeSgAnswer,
  encodeSgCommand,
  hostTrouble,
  sgClearedBytes,
  sgCommandBytes,
  sgCommandLimitMs,
  sgHeaderBytes,
} from './sg-packet.ts';
import { type SgPort, SgPortError } from './sg-port.ts';

/** After its own limit the driver aborts a command and resets what does not obey; that takes time of its own. */
const driverGraceMs = 60_000;

/** The commands of one device through its SCSI generic device. One at a time: the driver's older header knows no more. */
export class SgTransport implements ScsiTransport {
  readonly longestCommandMs = sgCommandLimitMs;
  readonly countsDataIn = false;
  readonly #path: string;
  readonly #role: { readonly name: string };
  readonly #port: SgPort;
  #memory = new SharedArrayBuffer(65_536);
  #last: Promise<unknown> = Promise.resolve();
  #packetId = 0;
  #closed = false;

  constructor(path: string, role: { readonly name: string }, port: SgPort) {
    this.#path = path;
    this.#role = role;
    this.#port = port;
  }

  get name(): string {
    return this.#role.name;
  }

  /** Makes sure that the device can be opened. Throws {@link TransportError}. */
  async open(): Promise<void> {
    await this.#inTurn(() => this.#exchange(0, 0, sgCommandLimitMs));
  }

  async execute(cdb: Uint8Array, options: ExecuteOptions = {}): Promise<ScsiReply> {
    const { signal, into, out } = options;
    signal?.throwIfAborted();
    const answer = this.#inTurn(() => {
      // Given up while it waited for its turn: never begun.
      signal?.throwIfAborted();
      return this.#command(cdb, options);
    });
    // Data may be under way from or to the caller's memory: such a command is waited for, and its limit is short.
    if (!signal || into || out) return answer;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#port.close();
    await this.#last;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#closed) throw new TransportError(this.name, `${this.#path} was closed.`);
      return act();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #command(cdb: Uint8Array, options: ExecuteOptions): Promise<ScsiReply> {
    const { out, into, timeoutClass = 'quick' } = options;
    const wanted = into?.length ?? options.inLength ?? 0;
    const isTransfer = timeoutClass === 'io';
    const inBytes = wanted === 0 || isTransfer ? wanted : Math.max(wanted, sgClearedBytes);
    const answerBytes = sgHeaderBytes + inBytes;
    this.#reserve(Math.max(sgCommandBytes(cdb, out?.length ?? 0), answerBytes));
    const bytes = new Uint8Array(this.#memory);
    const packetId = (this.#packetId = (this.#packetId + 1) & 0x3fff_ffff);
    const commandBytes = encodeSgCommand(bytes, { cdb, out, inBytes, packetId });
    const limitMs = Math.min(commandLimitMs[timeoutClass], sgCommandLimitMs) + driverGraceMs;
    const came = await this.#exchange(commandBytes, answerBytes, limitMs);
    if (came < sgHeaderBytes) throw new TransportError(this.name, `${this.#path} answered with ${came} bytes only.`);
    const answer = decodeSgAnswer(bytes);
    if (answer.packetId !== packetId) throw new TransportError(this.name, `${this.#path} answered another command.`);
    const trouble = hostTrouble(answer);
    if (trouble) throw new TransportError(this.name, `${trouble} (${this.#path}).`);
    const data = wanted === 0 ? undefined : bytes.subarray(sgHeaderBytes, Math.min(came, sgHeaderBytes + wanted));
    if (!data) return { status: answer.status, sense: answer.sense };
    if (!into) return { status: answer.status, sense: answer.sense, in: data.slice() };
    into.set(data);
    return { status: answer.status, sense: answer.sense, in: into.subarray(0, data.length) };
  }

  #reserve(bytes: number): void {
    if (this.#memory.byteLength < bytes) this.#memory = new SharedArrayBuffer(bytes);
  }

  async #exchange(commandBytes: number, answerBytes: number, limitMs: number): Promise<number> {
    try {
      return await this.#port.exchange({ memory: this.#memory, commandBytes, answerBytes, limitMs });
    } catch (error) {
      if (!(error instanceof SgPortError)) throw error;
      throw new TransportError(this.name, wordsOf(error, this.#path, Math.max(commandBytes, answerBytes)), {
        cause: error,
      });
    }
  }
}

function wordsOf({ code, message }: SgPortError, path: string, bytes: number): string {
  switch (code) {
    case 'ENOENT':
      return `${path} is not there: is the device switched on and connected?`;
    case 'EACCES':
    case 'EPERM':
      return `Reelvault may not use ${path}: run it as root, or add its account to the group that owns the device.`;
    case 'EBUSY':
      return `${path} is in use by another program: stop it, two programs must not use one library.`;
    case 'ENODEV':
    case 'ENXIO':
      return `${path} has no device behind it any more: is it switched on and connected?`;
    case 'ENOMEM':
    case 'EINVAL':
      return `${path} does not take a transfer of ${bytes} bytes (${code}).`;
    case 'ETIME':
      return `${path} did not answer in time.`;
    default:
      return `${path} cannot be used: ${message}.`;
  }
}
