import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Router } from '@orpc/server';
import { type Actor, administrator } from '../../shared/domain/rights.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import type { Clock } from '../engine/faults/clock.ts';
import { equalInConstantTime } from './constant-time-equal.ts';
import { requestFacts } from './request-facts.ts';
import { checkRequest, type HostPolicy } from './request-guard.ts';
import type { EngineContext } from './hosted-engine.ts';
import { refuseUpgrade, sendProblem } from './replies.ts';
import { RpcSockets } from './rpc-sockets.ts';

export interface LocalEndpoint {
  url: string;
  token: string;
  close(): Promise<void>;
}

const policy: HostPolicy = { scheme: 'http', hostNames: ['127.0.0.1'] };
const closeLimitMs = 2000;

/**
 * A WebSocket on loopback for the command line alone, by bearer token: beside the desktop, which serves no web console,
 * and beside one that speaks TLS, whose certificate programs of this computer need not know.
 */
export async function openLocalEndpoint(
  router: Router<Contract, EngineContext>,
  options: { clock: Clock; onError: (error: unknown) => void },
): Promise<LocalEndpoint> {
  const token = randomBytes(32).toString('base64url');
  const sockets = new RpcSockets(router, options);
  const server = createServer((_request, response) => {
    sendProblem(
      response,
      404,
      'NOT_FOUND',
      'This address serves the reelvault command line only; there is no page here.',
    );
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const verdict = checkRequest(requestFacts(request, { session: false, bearer: bearerOf(request, token) }), policy);
    if (!verdict.allowed) return refuseUpgrade(request, socket, verdict.status, verdict.message);
    if (sockets.full) return refuseUpgrade(request, socket, 503, 'Too many connections.');
    sockets.accept(request, socket, head, { actor: commandLineUser(request), stillAllowed: () => true });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    token,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await sockets.close(closeLimitMs);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the Authorization header of a request says, compared with the one token there is. */
export function bearerOf(request: IncomingMessage, token: string): 'right' | 'wrong' | 'none' {
  const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return 'none';
  return equalInConstantTime(given, token) ? 'right' : 'wrong';
}

/** For the audit: whoever holds the token may say which user of this computer he is. */
export function commandLineUser(request: IncomingMessage): Actor {
  const claimed = request.headers['x-reelvault-user'];
  const name = typeof claimed === 'string' && /^[\w.@-]{1,64}$/.test(claimed) ? claimed : '';
  return administrator(name, 'command-line');
}
