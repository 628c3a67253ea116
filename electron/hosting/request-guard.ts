/**
 * The request guard: which HTTP requests and upgrades are served. Pure policy over what a request says about itself, so
 * that every combination can be put into a table.
 *
 * Loopback is routing, not authentication: any page the administrator visits can send requests here, and a name under an
 * attacker's control can be made to resolve to 127.0.0.1. Hence the Host allowlist (DNS rebinding), the exact Origin on
 * everything that changes something and on WebSockets, no CORS, and a session for all that says anything.
 */
export type Route = 'page' | 'health' | 'auth-state' | 'auth-public' | 'auth-session' | 'api' | 'rpc';

export interface RequestFacts {
  method: string;
  /** URL path without the query. */
  path: string;
  upgrade: boolean;
  /** Every Host header there is; a proper request has one. */
  hosts: readonly string[];
  origin: string | undefined;
  /** `Sec-Fetch-Site`, where the browser sends it. */
  fetchSite: string | undefined;
  /** A session that is still signed in came along as a cookie. */
  session: boolean;
  /** `right`: the token of this engine's address file; `wrong`: some other bearer token. */
  bearer: 'right' | 'wrong' | 'none';
}

export interface HostPolicy {
  scheme: 'http' | 'https';
  /** Host names this server answers to, lower case, IPv6 in brackets, without a port. */
  hostNames: readonly string[];
}

export type Verdict =
  | { allowed: true; route: Route; by: 'nobody' | 'session' | 'bearer' }
  | { allowed: false; status: 400 | 401 | 403 | 404 | 405 | 421; message: string; allow?: string };

const reading = ['GET', 'HEAD'];
const anyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface RouteRule {
  route: Route;
  methods: string[];
  needs: 'nothing' | 'session';
}

function ruleFor(path: string): RouteRule | undefined {
  switch (path) {
    case '/healthz':
      return { route: 'health', methods: reading, needs: 'nothing' };
    case '/auth/state':
      return { route: 'auth-state', methods: reading, needs: 'nothing' };
    case '/auth/set-password':
    case '/auth/sign-in':
      return { route: 'auth-public', methods: ['POST'], needs: 'nothing' };
    case '/auth/sign-out':
    case '/auth/change-password':
      return { route: 'auth-session', methods: ['POST'], needs: 'session' };
    case '/rpc':
      return { route: 'rpc', methods: ['GET'], needs: 'session' };
    default:
      if (path === '/api' || path.startsWith('/api/')) return { route: 'api', methods: anyMethod, needs: 'session' };
      if (path.startsWith('/auth/') || path.startsWith('/rpc/')) return undefined;
      return { route: 'page', methods: reading, needs: 'nothing' };
  }
}

/** Host header without its port, lower case; undefined when it is not a plain host. */
export function hostName(host: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase();
}

/** `by`: what the caller proved himself with. */
export function checkRequest(request: RequestFacts, policy: HostPolicy): Verdict {
  const [host] = request.hosts;
  // RFC 9112, 3.2: two of them, and whoever stands between may have judged by the other.
  if (request.hosts.length > 1) {
    return { allowed: false, status: 400, message: 'The request names more than one host.' };
  }
  const name = hostName(host);
  if (name === undefined || !policy.hostNames.includes(name)) {
    return {
      allowed: false,
      status: 421,
      message:
        'This server does not answer to that name. Use the address it printed, or add the name with --allow-host.',
    };
  }
  const rule = ruleFor(request.path);
  if (!rule) return { allowed: false, status: 404, message: 'There is no such address.' };
  if (!rule.methods.includes(request.method)) {
    return {
      allowed: false,
      status: 405,
      message: 'This address does not take this method.',
      allow: rule.methods.join(', '),
    };
  }
  if (request.upgrade !== (rule.route === 'rpc')) {
    return {
      allowed: false,
      status: 400,
      message: rule.route === 'rpc' ? 'This address speaks WebSocket only.' : 'This address does not speak WebSocket.',
    };
  }

  // A valid cookie does not make up for a wrong token: a caller that sends a token is judged by it.
  if (rule.needs === 'session' && request.bearer === 'wrong') {
    return { allowed: false, status: 401, message: 'The token is not the one of this engine. Read it again.' };
  }
  const byBearer = rule.needs === 'session' && request.bearer === 'right';
  const ownOrigin = `${policy.scheme}://${host}`.toLowerCase();
  const sameOrigin = request.origin?.toLowerCase() === ownOrigin;
  const foreign = {
    allowed: false,
    status: 403,
    message: 'The request comes from another site and is refused.',
  } as const;
  if (request.origin !== undefined && !sameOrigin) return foreign;
  const mustNameOrigin = rule.route === 'rpc' || !reading.includes(request.method);
  if (mustNameOrigin && !sameOrigin && !byBearer) return foreign;
  if (
    rule.needs === 'session' &&
    request.fetchSite !== undefined &&
    !['same-origin', 'none'].includes(request.fetchSite)
  ) {
    return foreign;
  }

  if (rule.needs === 'nothing') return { allowed: true, route: rule.route, by: request.session ? 'session' : 'nobody' };
  // Signing out and changing the password are about a session; a token has none.
  if (byBearer && rule.route !== 'auth-session') return { allowed: true, route: rule.route, by: 'bearer' };
  if (request.session) return { allowed: true, route: rule.route, by: 'session' };
  return { allowed: false, status: 401, message: 'Sign in first.' };
}
