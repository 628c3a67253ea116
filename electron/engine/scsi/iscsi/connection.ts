import { connect, type Socket } from 'node:net';
import { crc32c, digestBytes } from './crc32c.ts';
import { paddingOf, type TargetPdu } from './pdu.ts';
import { PduReader, type PduSink } from './pdu-reader.ts';

export interface Portal {
  host: string;
  port: number;
}

const wellKnownPort = 3260;

/** Reads `host`, `host:port` or `[address]:port`; a portal group tag behind a comma is dropped. */
export function parsePortal(text: string): Portal {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?(?:,\d+)?$/.exec(text.trim());
  const host = found?.[1] ?? found?.[2];
  if (!host) throw new RangeError(`“${text}” is not a portal address.`);
  return { host, port: Number(found?.[3] ?? wellKnownPort) };
}

export const portalText = ({ host, port }: Portal): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The connection is gone, in words that follow "the connection to ... ": `was closed by the target`. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

// One read fills it; the bytes are copied on at once.
const readBufferBytes = 262_144;

/** One TCP connection that carries PDUs. */
export class Connection {
  onPdu: (pdu: TargetPdu, data: Uint8Array) => void = () => {};
  /** See {@link PduSink.destination}. */
  place: PduSink['destination'] = () => undefined;
  onLost: (reason: Error) => void = () => {};
  /** When the last bytes came, in milliseconds of `performance.now()`. */
  lastHeardMs = performance.now();
  readonly reader: PduReader;
  #headerDigest = false;
  #dataDigest = false;
  readonly #socket: Socket;
  #lost: Error | undefined;

  private constructor(socket: Socket, reader: PduReader) {
    this.#socket = socket;
    this.reader = reader;
  }

  /** Rejects with {@link ConnectionLost} when there is no connection within the limit. */
  static connect(portal: Portal, limitMs: number, signal?: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let connection: Connection | undefined;
      const reader = new PduReader({
        destination: (pdu, length) => connection?.place(pdu, length),
        received: (pdu, data) => connection?.onPdu(pdu, data),
      });
      const onread = {
        buffer: Buffer.allocUnsafe(readBufferBytes),
        callback: (count: number, bytes: Uint8Array): boolean => {
          connection?.heard(bytes.subarray(0, count));
          return true;
        },
      };
      const socket = connect({ host: portal.host, port: portal.port, noDelay: true, keepAlive: true, onread });
      const giveUp = (reason: unknown): void => {
        socket.destroy();
        done();
        reject(reason);
      };
      const late = `there is no answer from ${portalText(portal)} after ${Math.round(limitMs / 1000)} s`;
      const timer = setTimeout(() => giveUp(new ConnectionLost(late)), limitMs);
      const onAbort = (): void => giveUp(signal?.reason);
      const onError = (error: NodeJS.ErrnoException): void => giveUp(new ConnectionLost(connectWords(error, portal)));
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        socket.removeListener('error', onError);
        socket.on('error', () => {});
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.on('error', onError);
      socket.once('connect', () => {
        connection = new Connection(socket, reader);
        done();
        connection.#watch();
        resolve(connection);
      });
    });
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Digests hold from the first PDU after the login. */
  useDigests(header: boolean, data: boolean): void {
    this.#headerDigest = header;
    this.#dataDigest = data;
    this.reader.headerDigest = header;
    this.reader.dataDigest = data;
  }

  /**
   * Hands a PDU to the socket without copying its data, which must stay as it is until the peer has answered. Returns
   * at once.
   */
  send(header: Uint8Array, data?: Uint8Array): void {
    if (this.#lost) return;
    const socket = this.#socket;
    socket.cork();
    socket.write(this.#headerDigest ? Buffer.concat([header, digestBytes(crc32c(header))]) : header);
    if (data && data.length > 0) {
      socket.write(data);
      const padding = new Uint8Array(paddingOf(data.length));
      if (this.#dataDigest) socket.write(Buffer.concat([padding, digestBytes(crc32c(padding, crc32c(data)))]));
      else if (padding.length > 0) socket.write(padding);
    }
    socket.uncork();
  }

  /** Several PDUs in one go. */
  batch(act: () => void): void {
    this.#socket.cork();
    act();
    this.#socket.uncork();
  }

  /** Ends the connection at once; whoever waits is told the reason. */
  drop(reason: Error): void {
    if (this.#lost) return;
    this.#lost = reason;
    this.#socket.destroy();
    this.onLost(reason);
  }

  /** Lets what is under way to the peer go out, then closes. */
  end(): void {
    if (this.#lost) return;
    this.#lost = new ConnectionLost('was closed');
    this.#socket.end();
    this.#socket.destroySoon();
  }

  private heard(bytes: Uint8Array): void {
    this.lastHeardMs = performance.now();
    if (this.#lost) return;
    try {
      this.reader.push(bytes);
    } catch (error) {
      this.drop(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #watch(): void {
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.drop(new ConnectionLost(lossWords(error))));
    this.#socket.on('end', () => this.drop(new ConnectionLost('was closed by the target')));
    this.#socket.on('close', () => this.drop(new ConnectionLost('was closed')));
  }
}

function connectWords(error: NodeJS.ErrnoException, portal: Portal): string {
  const where = portalText(portal);
  switch (error.code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${where} (connection refused)`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${portal.host} is not known`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to ${where}`;
    default:
      return `${where} cannot be reached (${error.code ?? error.message})`;
  }
}

function lossWords(error: NodeJS.ErrnoException): string {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
    ? 'was cut by the target'
    : `broke (${error.code ?? error.message})`;
}
