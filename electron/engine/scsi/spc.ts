/** Commands every SCSI device knows (SPC-6). */
import { type Clock, systemClock } from '../faults/clock.ts';
import { get16, getText } from './big-endian.ts';
import { type CommandOutcome, commandPastUnitAttention, perform, succeeded } from './command.ts';
import { ScsiError, type Sense, senseKey } from './sense.ts';
import type { ExecuteOptions, ScsiTransport } from './transport.ts';

/** Peripheral device types (SPC-6, 6.6.2). */
export const deviceType = { tape: 0x01, changer: 0x08 } as const;

export interface DeviceInfo {
  vendor: string;
  product: string;
  revision: string;
  /** Unit serial number (VPD page 80h), or its first designator (83h); empty where the device has neither. */
  serial: string;
  /** Peripheral device type, see {@link deviceType}; 0x1f where there is no device. */
  deviceType: number;
}

/** Standard INQUIRY and the serial number. Throws where the logical unit does not exist. */
export async function inquiry(transport: ScsiTransport, signal?: AbortSignal): Promise<DeviceInfo> {
  const cdb = Uint8Array.of(0x12, 0, 0, 0, 96, 0);
  const { in: data } = await commandPastUnitAttention(transport, 'INQUIRY', cdb, { inLength: 96, signal });
  const qualifier = (data[0] ?? 0x7f) >> 5;
  if (qualifier === 3) throw new Error(`${transport.name}: there is no device behind this logical unit.`);
  return {
    vendor: getText(data, 8, 8),
    product: getText(data, 16, 16),
    revision: getText(data, 32, 4),
    serial: (await unitSerialNumber(transport, signal)) ?? (await deviceIdentifiers(transport, signal))[0] ?? '',
    deviceType: (data[0] ?? 0x1f) & 0x1f,
  };
}

/** One vital product data page, or undefined where the device has no such page. */
async function vitalProductData(
  transport: ScsiTransport,
  page: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const inLength = 255;
  const cdb = Uint8Array.of(0x12, 1, page, 0, inLength, 0);
  try {
    const { in: data } = await commandPastUnitAttention(transport, 'INQUIRY', cdb, { inLength, signal });
    if (data.length < 4 || data[1] !== page) return undefined;
    return data.subarray(4, 4 + get16(data, 2));
  } catch (error) {
    if (error instanceof ScsiError && error.isUnsupported) return undefined;
    throw error;
  }
}

/** VPD page 80h, blanks taken off; undefined where there is none. */
async function unitSerialNumber(transport: ScsiTransport, signal?: AbortSignal): Promise<string | undefined> {
  const page = await vitalProductData(transport, 0x80, signal);
  return page && (getText(page, 0, page.length) || undefined);
}

/** Designators of VPD page 83h as text: ASCII ones as they are, binary ones in hexadecimal. */
async function deviceIdentifiers(transport: ScsiTransport, signal?: AbortSignal): Promise<string[]> {
  const page = await vitalProductData(transport, 0x83, signal);
  const identifiers: string[] = [];
  if (!page) return identifiers;
  for (let at = 0; at + 4 <= page.length; at += 4 + (page[at + 3] as number)) {
    const isBinary = ((page[at] as number) & 0x0f) === 1;
    const bytes = page.subarray(at + 4, at + 4 + (page[at + 3] as number));
    const text = isBinary ? Buffer.from(bytes).toString('hex') : getText(bytes, 0, bytes.length);
    if (text) identifiers.push(text);
  }
  return identifiers;
}

const testUnitReadyCdb = new Uint8Array(6);

/** Undefined when ready, otherwise why not (also a unit attention, which is gone once told). */
async function testUnitReady(transport: ScsiTransport, signal?: AbortSignal): Promise<Sense | undefined> {
  const outcome = await perform(transport, testUnitReadyCdb, { signal });
  if (outcome.sense && isUnderWay(outcome.sense)) return outcome.sense;
  if (succeeded(outcome)) return undefined;
  if (!outcome.sense) throw new ScsiError(transport.name, 'TEST UNIT READY', outcome.status);
  return outcome.sense;
}

export interface WaitReadyOptions {
  /** Longest wait in milliseconds. */
  limitMs: number;
  signal?: AbortSignal;
  clock?: Clock;
  /** How long "no cartridge" may last: a drive can notice a cartridge a moment after the robot let go of it. */
  emptyGraceMs?: number;
  /** Hears of the changes that are passed over. */
  onAttention?: (sense: Sense) => void;
}

// 04/xx that end by themselves: becoming ready; a format, an operation, a long write, a self-test, a change of path, a
// secure session, a start or a configuration in progress.
const passing = new Set([0x00, 0x01, 0x04, 0x07, 0x08, 0x09, 0x0a, 0x0e, 0x13, 0x1a, 0x1d]);

/** Some operation, an erase, a locate or a rewind in progress: said with NOT READY, or with NO SENSE. */
function isUnderWay({ asc, ascq }: Sense): boolean {
  return asc === 0x00 && (ascq === 0x16 || (ascq >= 0x18 && ascq <= 0x1a));
}

/** True for what passes by itself: the device is busy, starting, or finishing something. */
export function isBecomingReady(sense: Sense): boolean {
  return isUnderWay(sense) || (sense.key === senseKey.notReady && sense.asc === 0x04 && passing.has(sense.ascq));
}

/**
 * Waits until the device is ready, passing over unit attentions. Throws {@link ScsiError} as soon as it says something
 * that will not pass by itself, and when the limit is over.
 */
export async function waitReady(transport: ScsiTransport, options: WaitReadyOptions): Promise<void> {
  const { signal, clock = systemClock, emptyGraceMs = 0 } = options;
  const start = clock.now();
  let attentions = 0;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
    signal?.throwIfAborted();
    const sense = await testUnitReady(transport, signal);
    if (!sense) return;
    if (sense.key === senseKey.unitAttention && attentions++ < 32) {
      options.onAttention?.(sense);
      continue;
    }
    const waitedMs = clock.now() - start;
    const becoming = isBecomingReady(sense);
    const maybeEmpty = sense.key === senseKey.notReady && sense.asc === 0x3a && waitedMs < emptyGraceMs;
    if (!(becoming || maybeEmpty) || waitedMs >= options.limitMs) {
      throw new ScsiError(transport.name, 'TEST UNIT READY', 0x02, sense);
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** A log page without its header; undefined where the device has no such page, or no log at all. */
export async function logSense(
  run: (name: string, cdb: Uint8Array, options: ExecuteOptions) => Promise<CommandOutcome>,
  page: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const inLength = 4096;
  // PC = 01b: cumulative values.
  const cdb = Uint8Array.of(0x4d, 0, 0x40 | page, 0, 0, 0, 0, inLength >> 8, inLength & 0xff, 0);
  try {
    const { in: data } = await run('LOG SENSE', cdb, { inLength, signal });
    if (data.length < 4 || ((data[0] as number) & 0x3f) !== page) return undefined;
    return data.subarray(4, 4 + get16(data, 2));
  } catch (error) {
    if (error instanceof ScsiError && error.isUnsupported) return undefined;
    throw error;
  }
}

/** Parameters of a log page by code; a parameter that is cut short is left out. */
export function logParameters(page: Uint8Array): Map<number, Uint8Array> {
  const parameters = new Map<number, Uint8Array>();
  for (let at = 0; at + 4 <= page.length; at += 4 + (page[at + 3] as number)) {
    const length = page[at + 3] as number;
    if (at + 4 + length > page.length) break;
    parameters.set(get16(page, at), page.subarray(at + 4, at + 4 + length));
  }
  return parameters;
}
