import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Directories that this process holds: a lock with its process number may be older than the process. */
const held = new Set<string>();

interface Owner {
  pid: number;
  host: string;
  since: string;
}

/**
 * Makes this process the only user of a virtual library. The lock of a process that no longer runs is broken. Throws
 * who holds it otherwise. @returns Gives the lock back.
 */
export async function lockLibrary(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'library.lock');
  const own = `${path}.${process.pid}.${randomUUID()}`;
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  await writeFile(own, JSON.stringify(owner), { flag: 'wx' });
  try {
    for (let attempt = 1; !(await linked(own, path)); attempt++) {
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found !== undefined) await breakIfStale(directory, path, found, attempt);
    }
  } finally {
    await rm(own, { force: true });
  }
  held.add(directory);
  return async () => {
    held.delete(directory);
    await rm(path, { force: true });
  };
}

/** A link appears with its whole content at once, and only if the name is free. */
async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function breakIfStale(directory: string, path: string, found: string, attempt: number): Promise<void> {
  const owner = parseOwner(found);
  if (attempt > 10 || (owner && isAlive(directory, owner))) {
    const who = owner ? `process ${owner.pid} on ${owner.host} (since ${owner.since})` : 'another process';
    throw new Error(
      `The virtual tape library in ${directory} is in use by ${who}. Close it there; if that process is gone, delete ${path}.`,
    );
  }
  // Two openers may find the same stale lock: whoever moves it away puts back what turns out to be another one.
  const aside = `${path}.${randomUUID()}.stale`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => undefined);
  if (moved !== undefined && moved !== found) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    if (!Number.isInteger(owner.pid) || typeof owner.host !== 'string') return undefined;
    return { pid: owner.pid as number, host: owner.host, since: String(owner.since) };
  } catch {
    return undefined;
  }
}

/** A process on another machine cannot be asked and counts as alive. */
function isAlive(directory: string, { pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(directory);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
