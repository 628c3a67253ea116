/**
 * How SCSI commands reach a device. Everything above (smc.ts, ssc.ts, tape/) speaks to this interface only; the virtual
 * library, the iSCSI initiator and Linux pass-through stand behind it.
 */

/** What kind of work a command is, and so how long it may take; {@link commandLimitMs} gives the time. */
export type TimeoutClass = 'quick' | 'io' | 'rewind' | 'locate' | 'load' | 'move' | 'erase';

/**
 * The longest a transport waits for the answer to one command, in milliseconds. A first load of an LTO-9 cartridge
 * calibrates it for up to two hours; a long erase of a full tape takes most of a day.
 */
export const commandLimitMs: Readonly<Record<TimeoutClass, number>> = {
  quick: 30_000,
  io: 300_000,
  rewind: 600_000,
  locate: 1_800_000,
  load: 7_500_000,
  move: 600_000,
  erase: 86_400_000,
};

export interface ScsiReply {
  /** SAM status byte, see {@link scsiStatus}. */
  status: number;
  /** Autosense as the device sent it, fixed or descriptor format, perhaps cut short. */
  sense?: Uint8Array;
  /** Data-in as far as it was returned; a view of `into` where that was given. May come with CHECK CONDITION. */
  in?: Uint8Array;
}

export interface ExecuteOptions {
  /** Data-out. The transport has taken what it needs by the time the promise settles; then it may be reused. */
  out?: Uint8Array;
  /** Bytes of data-in to ask for, into a fresh buffer. */
  inLength?: number;
  /** Receive data-in here, without a copy; its length is the length asked for. */
  into?: Uint8Array;
  /** May be under way together with the command before it, where that may be, too, and the transport `readsAhead`. */
  ahead?: boolean;
  /** `quick` where it is not said. */
  timeoutClass?: TimeoutClass;
  /** Gives up waiting. A robot or a drive may still finish what it had begun: read its status before going on. */
  signal?: AbortSignal;
}

export interface ScsiTransport {
  /** Tells the device apart in messages: library name and role, never an address alone. */
  readonly name: string;
  /**
   * How many commands may be under way at once and still be carried out in the order given. 1 where it is not said.
   */
  readonly queueDepth?: number;
  /** Takes a second READ while the first is under way; carried out in the order given. False where it is not said. */
  readonly readsAhead?: boolean;
  /**
   * No command is waited for longer than this, whatever its class; without a limit of its own where it is not said.
   * Work that may take longer is then begun with an immediate command and asked for until it is done.
   */
  readonly longestCommandMs?: number;
  /** False where the length of `ScsiReply.in` does not tell how many bytes really came; true where it is not said. */
  readonly countsDataIn?: boolean;
  /** Carries out one command. Rejects with {@link TransportError} when no answer came; a bad status is an answer. */
  execute(cdb: Uint8Array, options?: ExecuteOptions): Promise<ScsiReply>;
  close(): Promise<void>;
}

/** SAM-5 status codes. */
export const scsiStatus = {
  good: 0x00,
  checkCondition: 0x02,
  busy: 0x08,
  reservationConflict: 0x18,
  taskSetFull: 0x28,
} as const;

/** No answer came back: connection lost, device gone, time limit passed. Whether the command was done is unknown. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly device: string;
  constructor(device: string, message: string, options?: ErrorOptions) {
    super(`${device}: ${message}`, options);
    this.device = device;
  }
}
