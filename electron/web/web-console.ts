import { constants, createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { type Actor, administrator } from '../../shared/domain/rights.ts';
import type { Clock } from '../engine/faults/clock.ts';
import { systemClock } from '../engine/faults/clock.ts';
import { HttpApi } from './http-api.ts';
import { RateLimit } from '../hosting/attempt-limits.ts';
import { Auth, type AuthReply } from './auth.ts';
import { failurePage } from './failure-page.ts';
import { findConsoleFile } from '../hosting/console-files.ts';
import { commonHeaders, contentSecurityPolicy, withNonce } from '../hosting/content-policy.ts';
import { checkRequest, type HostPolicy, type Verdict } from '../hosting/request-guard.ts';
import { EngineStartup, failedRouter, reasonOf } from '../hosting/engine-startup.ts';
import type { HostedEngine } from '../hosting/hosted-engine.ts';
import { bracketed, hostNamesOf, isLoopback } from './host-names.ts';
import { bearerOf, commandLineUser, type LocalEndpoint, openLocalEndpoint } from '../hosting/local-endpoint.ts';
import { networkOf } from './network-of.ts';
import { PasswordFile } from './password-file.ts';
import { pathOf, requestFacts } from '../hosting/request-facts.ts';
import { refuseUpgrade, sendBody, sendJson, sendProblem } from '../hosting/replies.ts';
import { sendAuth } from './auth-reply.ts';
import { readJsonBody } from './request-body.ts';
import { RpcSockets } from '../hosting/rpc-sockets.ts';

export interface WebConsoleOptions {
  dataDir: string;
  openEngine: (options: { dataDir: string }) => Promise<HostedEngine>;
  /** The renderer's build. */
  rendererDir: string;
  /** Address to listen on; anything but loopback needs `tls`. */
  host?: string;
  /** 0: any free one. Absent: 7766, or any free one if that is taken. */
  port?: number;
  tls?: { cert: string; key: string };
  /** More names under which browsers reach this server. */
  allowHosts?: readonly string[];
  clock?: Clock;
  log?: (line: string) => void;
  /** scrypt cost, for tests. */
  passwordCost?: number;
}

export interface WebConsole {
  /** `http://127.0.0.1:7766/` */
  url: string;
  /** Where the first password is set; undefined when one is set already. Its fragment is a secret. */
  firstStartUrl: string | undefined;
  /** How the engine came up; a failed one is also said on every page and call. */
  engine: EngineStartup;
  close(limitMs?: number): Promise<void>;
}

export const defaultPort = 7766;
/** Node's own list without the key exchange whose recorded traffic a stolen key opens (static RSA). */
const ciphers = `${constants.defaultCipherList}:!kRSA`;
const strictTransport = 'max-age=31536000';
const engineStartLimitMs = 60_000;
const requestRate = { burst: 1000, perSecond: 200 };
const addressesKept = 10_000;

/** Starts the web console: listens, then opens the engine behind it. */
export async function startWebConsole(options: WebConsoleOptions): Promise<WebConsole> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host) && !options.tls) {
    throw new Error(
      `The web console is served on ${host} only over TLS. Give --tls-cert and --tls-key, or stay on 127.0.0.1 and reach it through an SSH tunnel.`,
    );
  }
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const server = options.tls ? createTlsServer({ ...options.tls, ciphers }) : createServer();
  server.requestTimeout = 60_000;
  server.headersTimeout = 15_000;
  server.maxHeadersCount = 100;
  server.maxConnections = 1000;
  const dataDir = await realpath(options.dataDir);
  await listen(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  return new ConsoleServer(server, port, host, dataDir, options).open();
}

class ConsoleServer {
  readonly #options: WebConsoleOptions;
  readonly #server: Server;
  readonly #url: string;
  readonly #policy: HostPolicy;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #auth: Auth;
  readonly #startup: EngineStartup;
  readonly #loopback: boolean;
  /** What programs of this user send instead of a cookie; only `running.json` (mode 0600) names it. */
  readonly #token = randomBytes(32).toString('base64url');
  readonly #rates = new Map<string, RateLimit>();
  #sockets: RpcSockets | undefined;
  #api: HttpApi | undefined;
  #localEndpoint: LocalEndpoint | undefined;

  constructor(server: Server, port: number, host: string, dataDir: string, options: WebConsoleOptions) {
    this.#options = options;
    this.#server = server;
    this.#loopback = isLoopback(host);
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? (() => {});
    const scheme = options.tls ? 'https' : 'http';
    const hostNames = hostNamesOf(host, options.allowHosts ?? []);
    this.#policy = { scheme, hostNames };
    this.#url = `${scheme}://${hostNames.includes(bracketed(host)) ? bracketed(host) : hostNames[0]}:${port}/`;
    this.#auth = new Auth({
      password: new PasswordFile(path.join(dataDir, 'web-password.json'), { cost: options.passwordCost }),
      clock: this.#clock,
      instance: createHash('sha256').update(dataDir).digest('hex').slice(0, 8),
      secure: options.tls !== undefined,
    });
    this.#startup = new EngineStartup(() => options.openEngine({ dataDir }));
  }

  async open(): Promise<WebConsole> {
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.#log(`${request.method} ${pathOf(request)}: ${reasonOf(error)}`);
        if (response.headersSent) response.destroy();
        else sendProblem(response, 500, 'INTERNAL', 'The request failed. The server’s log says why.');
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#log(`WebSocket: ${reasonOf(error)}`);
        socket.destroy();
      });
    });
    let token: string | undefined;
    try {
      token = await this.#auth.firstStartToken();
      const outcome = await this.#startup.settled;
      if (outcome.state === 'ready') {
        if (outcome.engine.secretWarning !== undefined) this.#log(outcome.engine.secretWarning);
        await outcome.engine.publishAddress({ ...(await this.#addressForPrograms(outcome.engine)), console: true });
      }
      this.#serve();
    } catch (error) {
      await this.#close(0);
      throw error;
    }
    return {
      url: this.#url,
      firstStartUrl: token === undefined ? undefined : `${this.#url}#token=${token}`,
      engine: this.#startup,
      close: (limitMs = 5000) => this.#close(limitMs),
    };
  }

  /** Programs of this computer use the console's address, or one of their own where that one needs a certificate. */
  async #addressForPrograms(engine: HostedEngine): Promise<{ url: string; token: string }> {
    if (this.#policy.scheme === 'http') return { url: this.#url, token: this.#token };
    const onError = (error: unknown): void => this.#log(`call failed: ${reasonOf(error)}`);
    this.#localEndpoint = await openLocalEndpoint(engine.router, { clock: this.#clock, onError });
    const { url, token } = this.#localEndpoint;
    return { url, token };
  }

  /** Once the engine has started or failed: calls reach it, or are answered with the reason. */
  #serve(): void {
    const state = this.#startup.now;
    if (state.state === 'starting') return;
    const router = state.state === 'ready' ? state.engine.router : failedRouter(state.reason);
    const onError = (error: unknown): void => this.#log(`call failed: ${reasonOf(error)}`);
    this.#sockets ??= new RpcSockets(router, { clock: this.#clock, onError });
    this.#api ??= new HttpApi(router, { onError });
  }

  #check(request: IncomingMessage): { verdict: Verdict; session: string | undefined; crowdedOut: boolean } {
    const session = this.#auth.sessionOf(request.headers.cookie);
    const bearer = bearerOf(request, this.#token);
    const verdict = checkRequest(requestFacts(request, { session: session !== undefined, bearer }), this.#policy);
    // Who has proved himself is never turned away because of others; everybody else is, whatever he asks for.
    const proved = session !== undefined || bearer === 'right';
    return { verdict, session, crowdedOut: !proved && !this.#mayAsk(request) };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    response.setHeader('Content-Security-Policy', contentSecurityPolicy('none'));
    response.setHeader('Cache-Control', 'no-store');
    if (this.#policy.scheme === 'https') response.setHeader('Strict-Transport-Security', strictTransport);
    const { verdict, session, crowdedOut } = this.#check(request);
    if (crowdedOut) {
      response.setHeader('Retry-After', '1');
      return sendProblem(response, 429, 'TOO_MANY_REQUESTS', 'Too many requests. Try again in a moment.');
    }
    if (!verdict.allowed) {
      if (verdict.allow !== undefined) response.setHeader('Allow', verdict.allow);
      return sendProblem(response, verdict.status, statusCodes[verdict.status], verdict.message);
    }
    switch (verdict.route) {
      case 'health': {
        const { state } = this.#startup.now;
        return sendJson(response, state === 'ready' ? 200 : 503, { state });
      }
      case 'auth-state':
        return sendAuth(response, await this.#auth.state(session));
      case 'auth-public':
      case 'auth-session': {
        const reply = await this.#authCall(request, session);
        this.#sockets?.dismissSignedOut();
        return sendAuth(response, reply);
      }
      case 'api': {
        const api = this.#api;
        if (!api) return sendProblem(response, 503, 'UNAVAILABLE', 'The engine is starting. Try again in a moment.');
        return api.answer(request, response, { actor: whoAsks(request, verdict.by) });
      }
      case 'page':
        return this.#page(request, response);
      case 'rpc':
        // A request that is no upgrade never comes here: the guard refuses it.
        return sendProblem(response, 400, 'INVALID', 'This address speaks WebSocket only.');
    }
  }

  async #authCall(request: IncomingMessage, session: string | undefined): Promise<AuthReply> {
    const body = await readJsonBody(request);
    if (!body.ok) return { status: body.status, body: { code: 'INVALID', message: body.message } };
    switch (pathOf(request)) {
      case '/auth/set-password':
        return this.#auth.setPassword(body.value);
      case '/auth/sign-in':
        return this.#auth.signIn(body.value, {
          address: request.socket.remoteAddress ?? '',
          cookies: request.headers.cookie,
        });
      case '/auth/change-password':
        return this.#auth.changePassword(body.value, session ?? '');
      default:
        return this.#auth.signOut(session ?? '');
    }
  }

  async #page(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const state = this.#startup.now;
    const urlPath = pathOf(request);
    const nonce = randomBytes(16).toString('base64');
    if (state.state === 'failed' && (urlPath === '/' || urlPath === '/index.html')) {
      // The reason may name paths; beyond this computer it is said in the log only.
      const reason = this.#loopback ? state.reason : 'The server’s log says why.';
      response.setHeader('Content-Security-Policy', contentSecurityPolicy(nonce));
      return sendBody(request, response, 503, 'text/html; charset=utf-8', Buffer.from(failurePage(reason, nonce)));
    }
    const file = await findConsoleFile(this.#options.rendererDir, urlPath);
    if (!file.found) {
      const unbuilt =
        urlPath === '/' ? 'The console is not built. Run "npm run build" and reload this page.' : undefined;
      return sendProblem(response, file.status, statusCodes[file.status], unbuilt ?? file.reason);
    }
    const content = await readFile(file.filePath);
    if (!file.isPage) {
      response.setHeader('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      return sendBody(request, response, 200, file.contentType, content);
    }
    response.setHeader('Content-Security-Policy', contentSecurityPolicy(nonce));
    return sendBody(request, response, 200, file.contentType, Buffer.from(withNonce(content.toString('utf8'), nonce)));
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { verdict, session, crowdedOut } = this.#check(request);
    if (crowdedOut) return refuseUpgrade(request, socket, 429, 'Too many requests.');
    if (!verdict.allowed) return refuseUpgrade(request, socket, verdict.status, verdict.message);
    if (!this.#sockets && !(await this.#started())) {
      return refuseUpgrade(request, socket, 503, 'The engine is still starting.');
    }
    const sockets = this.#sockets;
    if (!sockets || sockets.full) return refuseUpgrade(request, socket, 503, 'Too many connections.');
    sockets.accept(request, socket, head, {
      actor: whoAsks(request, verdict.by),
      stillAllowed: (active) => session === undefined || this.#auth.lives(session, active),
    });
  }

  /** Waits a limited time for the engine to have started or failed. */
  async #started(): Promise<boolean> {
    const limit = new AbortController();
    const late = this.#clock.sleep(engineStartLimitMs, limit.signal).then(
      () => false,
      () => false,
    );
    const settled = await Promise.race([this.#startup.settled.then(() => true), late]);
    limit.abort();
    this.#serve();
    return settled;
  }

  #mayAsk(request: IncomingMessage): boolean {
    const address = networkOf(request.socket.remoteAddress ?? '');
    let rate = this.#rates.get(address);
    if (!rate) {
      if (this.#rates.size >= addressesKept) {
        for (const [other, seen] of this.#rates) if (seen.full) this.#rates.delete(other);
        if (this.#rates.size >= addressesKept) this.#rates.clear();
      }
      rate = new RateLimit(this.#clock, requestRate);
      this.#rates.set(address, rate);
    }
    return rate.take();
  }

  async #close(limitMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await Promise.all([this.#sockets?.close(limitMs), this.#localEndpoint?.close()]);
    const cutOff = setTimeout(() => this.#server.closeAllConnections(), limitMs);
    await closed;
    clearTimeout(cutOff);
    const state = await this.#startup.settled;
    if (state.state === 'ready') await state.engine.close();
  }
}

const statusCodes: Record<number, string> = {
  400: 'INVALID',
  401: 'SIGN_IN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD',
  421: 'WRONG_HOST',
};

function whoAsks(request: IncomingMessage, by: 'nobody' | 'session' | 'bearer'): Actor {
  return by === 'bearer' ? commandLineUser(request) : administrator('administrator');
}

/** Listens on `port`; with none given on the usual one, or on any free one when that is taken. */
async function listen(server: Server, host: string, port: number | undefined): Promise<void> {
  const attempt = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: wanted, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  try {
    await attempt(port ?? defaultPort);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (taken && port === undefined) return attempt(0);
    if (taken) throw new Error(`Port ${port} on ${host} is in use. Choose another one with --port.`, { cause: error });
    throw new Error(`Cannot listen on ${host}: ${reasonOf(error)}`, { cause: error });
  }
}
