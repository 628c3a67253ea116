import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { get32, put32 } from '../big-endian.ts';
import { commandPastUnitAttention } from '../command.ts';
import { ScsiError } from '../sense.ts';
import { type DeviceInfo, inquiry } from '../spc.ts';
import { IscsiTransport } from './iscsi-transport.ts';
import { ConnectionLost } from './connection.ts';
import { type LoggedIn, login } from './login.ts';
import { Nexus, type NexusOptions } from './nexus.ts';
import { getLun, noTag, response, type TargetPdu, textRequest } from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';
import { decodePairs, encodeKeys } from './text-keys.ts';

const longestText = 1_048_576;

/** Names of the targets a portal tells of (SendTargets, RFC 7143 appendix C), in its order. */
export async function discoverTargets(options: Omit<NexusOptions, 'target'>, signal?: AbortSignal): Promise<string[]> {
  const isid = randomBytes(6);
  isid[0] = 0x80;
  const { times, ...access } = options;
  const session = await login({ ...access, target: undefined, isid, limitMs: times.loginMs, signal });
  try {
    const text = await askForTargets(session, times.loginMs, signal);
    return [...new Set(decodePairs(text).flatMap(([key, value]) => (key === 'TargetName' ? [value] : [])))];
  } finally {
    session.connection.end();
  }
}

function askForTargets(session: LoggedIn, limitMs: number, signal?: AbortSignal): Promise<Uint8Array> {
  const { connection } = session;
  let { commandSn, expectedStatusSn } = session;
  const parts: Uint8Array[] = [];
  let total = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const late = new ConnectionLost(`the portal did not list its targets within ${Math.round(limitMs / 1000)} s`);
  const timer = setTimeout(() => reject(late), limitMs);
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const ask = (transferTag: number, keys: [string, string][]): void => {
    const data = encodeKeys(keys);
    connection.send(textRequest({ tag: 2, transferTag, commandSn, expectedStatusSn, dataBytes: data.length }), data);
    commandSn += 1;
  };
  connection.onLost = reject;
  connection.onPdu = (pdu: TargetPdu, data: Uint8Array): void => {
    if (pdu.opcode === response.nopIn || pdu.opcode === response.async) return;
    if (pdu.opcode !== response.text) {
      throw new ProtocolError(
        `the portal answered with message ${pdu.opcode.toString(16)}h when asked for its targets`,
      );
    }
    expectedStatusSn = (pdu.statusSn + 1) >>> 0;
    total += data.length;
    if (total > longestText) throw new ProtocolError('the portal’s list of targets is too long');
    parts.push(Uint8Array.from(data));
    const isLast = (pdu.flags & 0x80) !== 0 && (pdu.flags & 0x40) === 0;
    if (isLast) resolve(Buffer.concat(parts));
    else if (pdu.transferTag === noTag) throw new ProtocolError('the portal’s list of targets has no end');
    else ask(pdu.transferTag, []);
  };
  ask(noTag, [['SendTargets', 'All']]);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    connection.onLost = () => {};
  });
}

export interface FoundUnit {
  lun: number;
  info: DeviceInfo | undefined;
  problem: string | null;
}

const mostUnits = 256;

/** Logical units of a target and what they are. Rejects as {@link Nexus.open} does. */
export async function discoverUnits(options: NexusOptions, signal?: AbortSignal): Promise<FoundUnit[]> {
  const nexus = await Nexus.open(options, signal);
  try {
    const open = (lun: number): IscsiTransport =>
      new IscsiTransport(nexus, lun, { name: `${options.target}, LUN ${lun}` }, async () => {});
    const units: FoundUnit[] = [];
    for (const lun of await reportLuns(open(0), signal)) {
      try {
        units.push({ lun, info: await inquiry(open(lun), signal), problem: null });
      } catch (error) {
        signal?.throwIfAborted();
        units.push({ lun, info: undefined, problem: messageOf(error) });
      }
    }
    return units;
  } finally {
    await nexus.close();
  }
}

/** REPORT LUNS (SPC-6, 6.33); a target without it has LUN 0. */
async function reportLuns(transport: IscsiTransport, signal?: AbortSignal): Promise<number[]> {
  const inLength = 8 + 8 * mostUnits;
  const cdb = new Uint8Array(12);
  cdb[0] = 0xa0;
  put32(cdb, 6, inLength);
  try {
    const { in: data } = await commandPastUnitAttention(transport, 'REPORT LUNS', cdb, { inLength, signal });
    const end = Math.min(data.length, 8 + get32(data, 0));
    const luns: number[] = [];
    for (let at = 8; at + 8 <= end; at += 8) luns.push(getLun(data, at));
    return [...new Set(luns)].sort((a, b) => a - b);
  } catch (error) {
    if (error instanceof ScsiError && error.isUnsupported) return [0];
    throw error;
  }
}
