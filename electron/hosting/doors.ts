/**
 * The web console's doors: which requests get in. Pure policy over what a request says about itself, so that every
 * combination can be put into a table.
 *
 * Loopback is routing, not authentication: any page the administrator visits can send requests here, and a name under an
 * attacker's control can be made to resolve to 127.0.0.1. Hence the Host allowlist (DNS rebinding), the exact Origin on
 * everything that changes something and on WebSockets, no CORS, and a session for all that says anything.
 */
export type Door = 'page' | 'health' | 'auth-state' | 'auth-public' | 'auth-session' | 'api' | 'rpc';

export interface Knock {
  method: string;
  /** URL path without the query. */
  path: string;
  upgrade: boolean;
  host: string | undefined;
  origin: string | undefined;
  /** `Sec-Fetch-Site`, where the browser sends it. */
  fetchSite: string | undefined;
  /** A living session came along as a cookie. */
  session: boolean;
  /** `right`: the token of this engine's address file; `wrong`: some other bearer token. */
  bearer: 'right' | 'wrong' | 'none';
}

export interface HousePolicy {
  scheme: 'http' | 'https';
  /** Host names this server answers to, lower case, IPv6 in brackets, without a port. */
  hostNames: readonly string[];
}

export type Admission =
  | { open: true; door: Door; by: 'nobody' | 'session' | 'bearer' }
  | { open: false; status: 400 | 401 | 403 | 404 | 405 | 421; message: string; allow?: string };

const reading = ['GET', 'HEAD'];
const anyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface DoorRule {
  door: Door;
  methods: string[];
  needs: 'nothing' | 'session';
}

function ruleFor(path: string): DoorRule | undefined {
  switch (path) {
    case '/healthz':
      return { door: 'health', methods: reading, needs: 'nothing' };
    case '/auth/state':
      return { door: 'auth-state', methods: reading, needs: 'nothing' };
    case '/auth/set-password':
    case '/auth/sign-in':
      return { door: 'auth-public', methods: ['POST'], needs: 'nothing' };
    case '/auth/sign-out':
    case '/auth/change-password':
      return { door: 'auth-session', methods: ['POST'], needs: 'session' };
    case '/rpc':
      return { door: 'rpc', methods: ['GET'], needs: 'session' };
    default:
      if (path === '/api' || path.startsWith('/api/')) return { door: 'api', methods: anyMethod, needs: 'session' };
      if (path.startsWith('/auth/') || path.startsWith('/rpc/')) return undefined;
      return { door: 'page', methods: reading, needs: 'nothing' };
  }
}

/** Host header without its port, lower case; undefined when it is not a plain host. */
export function hostName(host: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase();
}

export function admit(knock: Knock, house: HousePolicy): Admission {
  const name = hostName(knock.host);
  if (name === undefined || !house.hostNames.includes(name)) {
    return {
      open: false,
      status: 421,
      message:
        'This server does not answer to that name. Use the address it printed, or add the name with --allow-host.',
    };
  }
  const rule = ruleFor(knock.path);
  if (!rule) return { open: false, status: 404, message: 'There is no such address.' };
  if (!rule.methods.includes(knock.method)) {
    return { open: false, status: 405, message: 'This address takes other methods.', allow: rule.methods.join(', ') };
  }
  if (knock.upgrade !== (rule.door === 'rpc')) {
    return {
      open: false,
      status: 400,
      message: rule.door === 'rpc' ? 'This address speaks WebSocket only.' : 'This address does not speak WebSocket.',
    };
  }

  // A wrong token is never outvoted by a cookie: whoever sends one means to be judged by it.
  if (rule.needs === 'session' && knock.bearer === 'wrong') {
    return { open: false, status: 401, message: 'The token is not the one of this engine. Read it again.' };
  }
  const byBearer = rule.needs === 'session' && knock.bearer === 'right';
  const ownOrigin = `${house.scheme}://${knock.host}`.toLowerCase();
  const sameOrigin = knock.origin?.toLowerCase() === ownOrigin;
  const foreign = {
    open: false,
    status: 403,
    message: 'The request comes from another site and is refused.',
  } as const;
  if (knock.origin !== undefined && !sameOrigin) return foreign;
  const mustNameOrigin = rule.door === 'rpc' || !reading.includes(knock.method);
  if (mustNameOrigin && !sameOrigin && !byBearer) return foreign;
  if (rule.needs === 'session' && knock.fetchSite !== undefined && !['same-origin', 'none'].includes(knock.fetchSite)) {
    return foreign;
  }

  if (rule.needs === 'nothing') return { open: true, door: rule.door, by: knock.session ? 'session' : 'nobody' };
  // Signing out and changing the password are about a session; a token has none.
  if (byBearer && rule.door !== 'auth-session') return { open: true, door: rule.door, by: 'bearer' };
  if (knock.session) return { open: true, door: rule.door, by: 'session' };
  return { open: false, status: 401, message: 'Sign in first.' };
}
