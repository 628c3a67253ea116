import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { findConsoleFile } from '../hosting/console-files.ts';
import { commonHeaders, contentSecurityPolicy, withNonce } from '../hosting/content-policy.ts';
import type { Protocol } from 'electron';
import { appScheme, isConsoleUrl } from './navigation.ts';
import type { ShellModule } from './shell-module.ts';

/** What `app://console/…` answers: the renderer's build, with the headers that the web console sends too. */
export async function answerAppRequest(
  rendererDir: string,
  request: { url: string; method: string },
): Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  const headers = {
    ...commonHeaders,
    'Content-Security-Policy': contentSecurityPolicy(nonce),
    'Cache-Control': 'no-store',
  };
  const refuse = (status: number, text: string): Response =>
    new Response(text, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });
  if (!isConsoleUrl(request.url)) return refuse(403, 'This address is not part of the console.');
  if (request.method !== 'GET') return refuse(405, 'This address is read only.');
  const file = await findConsoleFile(rendererDir, new URL(request.url).pathname);
  if (!file.found) return refuse(file.status, file.reason);
  const content = await readFile(file.filePath);
  const body = file.isPage ? withNonce(content.toString('utf8'), nonce) : new Uint8Array(content);
  return new Response(body, { status: 200, headers: { ...headers, 'Content-Type': file.contentType } });
}

/** The scheme of the console's pages. */
export function appProtocol(protocol: Protocol, rendererDir: string): ShellModule {
  return {
    load() {
      protocol.registerSchemesAsPrivileged([
        { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
      ]);
    },
    ready: () => protocol.handle(appScheme, (request) => answerAppRequest(rendererDir, request)),
  };
}
