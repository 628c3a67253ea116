import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from './request-guard.ts';

/** What a request says about itself; `caller` is what was found out about who sent it. */
export function requestFacts(request: IncomingMessage, caller: Pick<RequestFacts, 'session' | 'bearer'>): RequestFacts {
  return {
    method: request.method ?? 'GET',
    path: pathOf(request),
    upgrade: request.headers.upgrade !== undefined,
    // `headers.host` keeps the first of several and says nothing of the others.
    hosts: request.headersDistinct.host ?? [],
    origin: request.headers.origin,
    fetchSite: single(request.headers['sec-fetch-site']),
    ...caller,
  };
}

/** URL path without the query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
