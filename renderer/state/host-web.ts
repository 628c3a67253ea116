import { RPCLink } from '@orpc/client/websocket';
import { type AuthState, type ConnectionEnd, type Host, HostProblem } from './host.ts';
import { say } from '../say.ts';

const openLimitMs = 10_000;
const replyLimitMs = 20_000;
/** The server's own close code: the session that opened the socket is over. */
const signedOutCode = 4401;

interface Refusal {
  message?: unknown;
  advice?: unknown;
  retryAfterMs?: unknown;
}

async function authCall(path: string, body?: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(replyLimitMs),
    });
  } catch {
    throw new HostProblem(say('The server cannot be reached.'), say('Check that it runs, and the network to it.'));
  }
  const reply: unknown = await response.json().catch(() => null);
  if (response.ok) return reply;
  const refusal = (typeof reply === 'object' && reply !== null ? reply : {}) as Refusal;
  throw new HostProblem(
    typeof refusal.message === 'string' ? refusal.message : say`The server answered ${response.status}.`,
    typeof refusal.advice === 'string' ? refusal.advice : null,
    typeof refusal.retryAfterMs === 'number' ? refusal.retryAfterMs : null,
  );
}

function isAuthState(value: unknown): value is { state: AuthState } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'state' in value &&
    (value.state === 'set-password' || value.state === 'sign-in' || value.state === 'signed-in')
  );
}

/** Takes the token out of the address, so that it is neither kept in the history nor seen over a shoulder. */
function takeFirstStartToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname);
  return token;
}

/** The web console: a WebSocket to the server that served this page, behind its sign-in. */
export function webHost(): Host {
  return {
    kind: 'web',
    capabilities: { notifications: false },
    // The browser's own dialog would show this computer's files, not the server's.
    choosePath: null,
    showTheme: null,
    auth: {
      firstStartToken: takeFirstStartToken(),
      state: async () => {
        const reply = await authCall('/auth/state');
        if (!isAuthState(reply)) throw new HostProblem(say('This server is not a Reelvault web console.'));
        return reply.state;
      },
      setPassword: async (password, token) => void (await authCall('/auth/set-password', { password, token })),
      signIn: async (password) => void (await authCall('/auth/sign-in', { password })),
      signOut: async () => void (await authCall('/auth/sign-out', {})),
    },
    connect: async (signal) => {
      const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/rpc`);
      const ended = new Promise<ConnectionEnd>((resolve) => {
        socket.addEventListener('close', (event) => resolve(event.code === signedOutCode ? 'signed-out' : 'closed'));
      });
      const opened = new Promise<void>((resolve) => {
        socket.addEventListener('open', () => resolve(), { once: true });
      });
      const limit = AbortSignal.any([signal, AbortSignal.timeout(openLimitMs)]);
      const gaveUp = new Promise<'gave-up'>((resolve) => {
        limit.addEventListener('abort', () => resolve('gave-up'), { once: true });
      });
      const first = await Promise.race([opened.then(() => 'open' as const), ended, gaveUp]);
      if (first !== 'open') {
        socket.close();
        throw new HostProblem(say('The engine cannot be reached.'));
      }
      return { link: new RPCLink({ websocket: socket }), ended, close: () => socket.close() };
    },
  };
}
