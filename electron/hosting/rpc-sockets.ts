import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Router } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type MessageEvent, type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from '../../shared/domain/rights.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import type { Clock } from '../engine/faults/clock.ts';
import { RateLimit } from './attempt-limits.ts';
import { tellingFaults } from './engine-startup.ts';
import type { EngineContext } from './hosted-engine.ts';

export const socketLimits = {
  /** One message: the largest input is a selection of 100 000 machine ids. */
  maxPayloadBytes: 8 * 2 ** 20,
  maxSockets: 64,
  messages: { burst: 500, perSecond: 200 },
  /** A peer that takes nothing is cut off here; until then its streams wait for it. */
  maxBufferedBytes: 32 * 2 ** 20,
  pingEveryMs: 30_000,
} as const;

/** Close codes of RFC 6455 §7.4, and one of our own: the session that opened the socket is over. */
export const closeCodes = { goingAway: 1001, notUnderstood: 1003, policy: 1008, signedOut: 4401 } as const;

export interface Caller {
  actor: Actor;
  /** Asked at every message (`active`) and ping: false ends the socket (signed out, session expired). */
  stillAllowed(active: boolean): boolean;
}

/** WebSockets that carry the contract: limits, heartbeat, back-pressure, and an end with the session they came by. */
export class RpcSockets {
  readonly #server: WebSocketServer;
  readonly #handler: RPCHandler<EngineContext>;
  readonly #clock: Clock;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #open = new Map<WebSocket, { caller: Caller; answered: boolean }>();

  constructor(router: Router<Contract, EngineContext>, options: { clock: Clock; onError: (error: unknown) => void }) {
    this.#clock = options.clock;
    this.#handler = new RPCHandler<EngineContext>(router, {
      interceptors: [tellingFaults(options.onError)],
    });
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: socketLimits.maxPayloadBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#heartbeat = setInterval(() => this.#beat(), socketLimits.pingEveryMs);
    this.#heartbeat.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  get full(): boolean {
    return this.#open.size >= socketLimits.maxSockets;
  }

  /** Completes an upgrade that the request guard has allowed. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, caller));
  }

  /** Closes the connections whose sign-in is over: called when one ends, so that nothing more is sent to them. */
  dismissSignedOut(): void {
    for (const [socket, { caller }] of this.#open) {
      if (!caller.stillAllowed(false)) socket.close(closeCodes.signedOut, 'The session is over.');
    }
  }

  /** Closes every connection, and cuts off whatever is still open after `limitMs`. */
  async close(limitMs: number): Promise<void> {
    clearInterval(this.#heartbeat);
    const left = [...this.#open.keys()].map(
      (socket) =>
        new Promise<void>((resolve) => {
          const cutOff = setTimeout(() => socket.terminate(), limitMs);
          socket.once('close', () => {
            clearTimeout(cutOff);
            resolve();
          });
          socket.close(closeCodes.goingAway, 'The server is stopping.');
        }),
    );
    await Promise.all(left);
    this.#server.close();
  }

  #serve(socket: WebSocket, caller: Caller): void {
    const record = { caller, answered: true };
    this.#open.set(socket, record);
    socket.on('pong', () => (record.answered = true));
    socket.on('close', () => this.#open.delete(socket));
    // 'close' follows every error, and there is nobody left to tell.
    socket.on('error', () => {});
    const rate = new RateLimit(this.#clock, socketLimits.messages);

    // The handler sees the socket through this: only messages that pass the limits, and sends that wait for the peer.
    // It awaits `send` and uses no more than is here; the library's type names the overloads of a whole socket.
    const guarded = {
      addEventListener: (type: string, listener: (event: MessageEvent) => void): void => {
        if (type === 'close') {
          socket.addEventListener('close', () => listener({ data: '', type: 'close', target: socket }));
        } else if (type === 'message') {
          socket.addEventListener('message', (event) => {
            if (!caller.stillAllowed(true)) socket.close(closeCodes.signedOut, 'The session is over.');
            else if (!rate.take()) socket.close(closeCodes.policy, 'Too many messages.');
            else if (!isCall(event.data)) socket.close(closeCodes.notUnderstood, 'Not a call of this interface.');
            else listener(event);
          });
        }
      },
      send: (data: string | ArrayBufferLike | ArrayBufferView): Promise<void> =>
        new Promise((resolve) => {
          if (socket.bufferedAmount > socketLimits.maxBufferedBytes) socket.terminate();
          if (socket.readyState !== socket.OPEN) return resolve();
          socket.send(data, () => resolve());
        }),
    } as unknown as Pick<WebSocket, 'addEventListener' | 'send'>;
    void this.#handler.upgrade(guarded, { context: { actor: caller.actor } });
  }

  #beat(): void {
    this.dismissSignedOut();
    for (const [socket, record] of this.#open) {
      if (socket.readyState !== socket.OPEN) continue;
      if (!record.answered) socket.terminate();
      else {
        record.answered = false;
        socket.ping();
      }
    }
  }
}

/** The protocol's messages are text that begins with the call's id; binary ones would be files, which none of ours takes. */
function isCall(data: unknown): boolean {
  return typeof data === 'string' && /^\{"i":"[^"\\]{1,64}","[pt]":/.test(data);
}
