import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export type ConsoleFile =
  | { found: true; filePath: string; contentType: string; isPage: boolean; immutable: boolean }
  | { found: false; status: 400 | 404; reason: string };

/**
 * The file of the renderer's build that a URL path names. Only regular files of known types, whose real path (symbolic
 * links resolved) is inside `root`, are ever found; `/` is the page. Shared by the web server and `app://`.
 */
export async function findConsoleFile(root: string, urlPath: string): Promise<ConsoleFile> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return { found: false, status: 400, reason: 'The address is not valid.' };
  }
  // A backslash is a separator on Windows and an attempt everywhere else; so is an escaped slash.
  if (!decoded.startsWith('/') || decoded.includes('\0') || decoded.includes('\\') || /%2f/i.test(urlPath)) {
    return { found: false, status: 400, reason: 'The address is not valid.' };
  }
  const missing = { found: false, status: 404, reason: 'There is no such page.' } as const;
  const relative = decoded === '/' ? 'index.html' : decoded.slice(1);
  if (relative.split('/').some((part) => part === '' || part.startsWith('.'))) return missing;
  const contentType = contentTypes[path.extname(relative)];
  if (contentType === undefined) return missing;
  try {
    const realRoot = await realpath(root);
    const filePath = await realpath(path.join(realRoot, relative));
    const inside = path.relative(realRoot, filePath);
    if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) return missing;
    if (!(await stat(filePath)).isFile()) return missing;
    // The bundler puts a content hash into the name of everything under assets/.
    return {
      found: true,
      filePath,
      contentType,
      isPage: relative === 'index.html',
      immutable: relative.startsWith('assets/'),
    };
  } catch {
    return missing;
  }
}
