import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { get24, get32, put24, put32 } from '../../big-endian.ts';
import { crc32c, digestBytes } from '../crc32c.ts';
import { bhsBytes, noTag, paddingOf, request, response } from '../pdu.ts';
import { decodePairs, encodeKeys } from '../text-keys.ts';

export interface PeerPdu {
  opcode: number;
  header: Uint8Array;
  data: Uint8Array;
  tag: number;
}

/** What a script does with a message; `undefined` from it leaves the usual answer. */
export type Script = (peer: ScriptedPeer, pdu: PeerPdu) => 'done' | undefined;

/**
 * A target of a few lines for what real ones never do. It logs in whoever comes, answers every command GOOD, and lets
 * a script take over at any message.
 */
export class ScriptedTarget {
  readonly peers: ScriptedPeer[] = [];
  readonly #server: Server;
  script: Script;
  loginKeys: [string, string][] = [];
  /** Commands a peer takes beyond those it has seen. */
  window = 32;

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((socket) => this.peers.push(new ScriptedPeer(socket, this)));
  }

  static async start(script: Script = () => undefined): Promise<ScriptedTarget> {
    const target = new ScriptedTarget(script);
    target.#server.listen(0, '127.0.0.1');
    await once(target.#server, 'listening');
    return target;
  }

  get portal(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as { port: number }).port };
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export class ScriptedPeer {
  readonly socket: Socket;
  readonly received: PeerPdu[] = [];
  dataDigest = false;
  statusSn = 1;
  expectedCommandSn = 1;
  window: number;
  readonly #target: ScriptedTarget;
  #bytes = Buffer.alloc(0);

  constructor(socket: Socket, target: ScriptedTarget) {
    this.socket = socket;
    this.#target = target;
    this.window = target.window;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      for (let pdu = this.#next(); pdu; pdu = this.#next()) this.#handle(pdu);
    });
  }

  #next(): PeerPdu | undefined {
    if (this.#bytes.length < bhsBytes) return undefined;
    const length = get24(this.#bytes, 5);
    const total = bhsBytes + length + paddingOf(length) + (this.dataDigest && length > 0 ? 4 : 0);
    if (this.#bytes.length < total) return undefined;
    const header = Uint8Array.from(this.#bytes.subarray(0, bhsBytes));
    const data = Uint8Array.from(this.#bytes.subarray(bhsBytes, bhsBytes + length));
    this.#bytes = this.#bytes.subarray(total);
    return { opcode: (header[0] as number) & 0x3f, header, data, tag: get32(header, 16) };
  }

  #handle(pdu: PeerPdu): void {
    this.received.push(pdu);
    const isImmediate = ((pdu.header[0] as number) & 0x40) !== 0;
    if (!isImmediate && pdu.opcode !== request.dataOut) this.expectedCommandSn = (get32(pdu.header, 24) + 1) >>> 0;
    if (this.#target.script(this, pdu) === 'done') return;
    if (pdu.opcode === request.login) return this.login(pdu);
    if (pdu.opcode === request.command) return this.status(pdu.tag, 0);
    if (pdu.opcode === request.nopOut && pdu.tag !== noTag) {
      return this.send(response.nopIn, { tag: pdu.tag, fields: { 20: noTag } });
    }
    if (pdu.opcode === request.taskManagement) return this.send(response.taskManagement, { tag: pdu.tag });
    if (pdu.opcode === request.logout) {
      this.send(response.logout, { tag: pdu.tag });
      this.socket.end();
    }
  }

  login(pdu: PeerPdu): void {
    const flags = pdu.header[1] as number;
    const asked = new Map(decodePairs(pdu.data));
    const keys: [string, string][] = asked.has('AuthMethod') ? [['AuthMethod', 'None']] : this.#target.loginKeys;
    const header = { 1: flags, 14: 0 };
    const isLast = (flags & 0x83) === 0x83;
    this.send(response.login, { tag: pdu.tag, bytes: header, data: encodeKeys(keys), plain: true });
    if (isLast && this.#target.loginKeys.some(([key, value]) => key === 'DataDigest' && value === 'CRC32C')) {
      this.dataDigest = true;
    }
  }

  /** SCSI Response. */
  status(tag: number, status: number, sense?: Uint8Array): void {
    const data = sense ? Buffer.concat([Uint8Array.of(0, sense.length), sense]) : undefined;
    this.send(response.scsi, { tag, bytes: { 3: status }, data });
  }

  /** Any message: single bytes and 32-bit fields of the header by their offset. */
  send(
    opcode: number,
    of: {
      tag?: number;
      flags?: number;
      bytes?: Record<number, number>;
      fields?: Record<number, number>;
      data?: Uint8Array | undefined;
      /** No status: the sequence number stays. */
      noStatus?: boolean;
      badDigest?: boolean;
      plain?: boolean;
    } = {},
  ): void {
    const { data = new Uint8Array(0) } = of;
    const header = new Uint8Array(bhsBytes);
    header[0] = opcode;
    header[1] = of.flags ?? 0x80;
    put24(header, 5, data.length);
    put32(header, 16, of.tag ?? noTag);
    put32(header, 24, this.statusSn);
    if (!of.noStatus) this.statusSn += 1;
    put32(header, 28, this.expectedCommandSn);
    put32(header, 32, (this.expectedCommandSn + this.window - 1) >>> 0);
    for (const [at, value] of Object.entries(of.fields ?? {})) put32(header, Number(at), value);
    for (const [at, value] of Object.entries(of.bytes ?? {})) header[Number(at)] = value;
    const padded = Buffer.concat([data, new Uint8Array(paddingOf(data.length))]);
    const digest = digestBytes(crc32c(padded) ^ (of.badDigest ? 1 : 0));
    const hasDigest = this.dataDigest && !of.plain && data.length > 0;
    this.socket.write(Buffer.concat([header, padded, ...(hasDigest ? [digest] : [])]));
  }
}
