import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface DataDirectoryOwner {
  pid: number;
  since: string;
  /** Of its web console, where it serves one. */
  url?: string;
}

/** Another engine has this data directory open. */
export class DataDirectoryLocked extends Error {
  override readonly name = 'DataDirectoryLocked';
  readonly code = 'DATA_DIR_LOCKED';
  readonly owner: DataDirectoryOwner;
  constructor(path: string, owner: DataDirectoryOwner) {
    super(
      `The data directory ${path} is in use by another Reelvault engine (process ${owner.pid}, since ${owner.since}${owner.url ? `, at ${owner.url}` : ''}).`,
    );
    this.owner = owner;
  }
}

/** It belongs to another user, and this one is root: what root writes there its owner could not open any more. */
export class DataDirectoryOfAnother extends Error {
  override readonly name = 'DataDirectoryOfAnother';
  readonly advice: string;
  constructor(path: string, owner: string) {
    super(
      `The data directory ${path} belongs to the user ${owner}, whose engine could not open what root writes there.`,
    );
    this.advice =
      'Start its service (systemctl start reelvault): commands go through it then, those of root too. ' +
      `Or run this as that user: runuser -u ${owner} -- reelvault …`;
  }
}

/** Where an engine is reached, and whether a browser finds a console there. */
export interface EngineAddress {
  url: string;
  token: string;
  console: boolean;
}

export interface RunningAddress extends EngineAddress {
  pid: number;
}

/**
 * One engine per data directory. The lock is a file made exclusively that names its owner by process id and start time,
 * so that a file left by a crash (or by a process whose id was given to another) is told from a live one.
 */
export class DataDirectory {
  readonly path: string;
  readonly #lockPath: string;

  private constructor(path: string, lockPath: string) {
    this.path = path;
    this.#lockPath = lockPath;
  }

  /** Throws {@link DataDirectoryLocked} and {@link DataDirectoryOfAnother}. */
  static open(path: string): DataDirectory {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid } = statSync(path);
    if (process.getuid?.() === 0 && uid !== 0) throw new DataDirectoryOfAnother(path, nameOfUser(uid));
    const lockPath = join(path, 'engine.lock');
    for (let attempt = 0; ; attempt += 1) {
      try {
        const descriptor = openSync(lockPath, 'wx', 0o600);
        writeFileSync(
          descriptor,
          JSON.stringify({ pid: process.pid, since: new Date().toISOString(), started: processStart(process.pid) }),
        );
        fsyncSync(descriptor);
        closeSync(descriptor);
        return new DataDirectory(path, lockPath);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const owner = readOwner(lockPath);
        if (owner && isAlive(owner)) {
          const address = readRunningAddress(path);
          throw new DataDirectoryLocked(path, { ...owner, ...(address?.console ? { url: address.url } : {}) });
        }
        if (attempt > 3) throw error;
        rmSync(lockPath, { force: true });
      }
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Where a running engine can be reached, for the command line on the same machine; mode 0600. */
  publishAddress(address: EngineAddress): void {
    const path = this.file('running.json');
    const temporaryPath = `${path}.partial`;
    // Made exclusively: a link that stands under this name is neither followed nor written through.
    rmSync(temporaryPath, { force: true });
    writeFileSync(temporaryPath, JSON.stringify({ ...address, pid: process.pid }), { flag: 'wx', mode: 0o600 });
    renameSync(temporaryPath, path);
  }

  close(): void {
    const address = readRunningAddress(this.path);
    if (address?.pid === process.pid) rmSync(this.file('running.json'), { force: true });
    rmSync(this.#lockPath, { force: true });
  }
}

/** The address a running engine published, or undefined. */
export function readRunningAddress(dataDir: string): RunningAddress | undefined {
  try {
    const address = JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as RunningAddress;
    return typeof address.url === 'string' && typeof address.token === 'string' ? address : undefined;
  } catch {
    return undefined;
  }
}

function readOwner(path: string): (DataDirectoryOwner & { started?: string }) | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as DataDirectoryOwner;
    return Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(owner: { pid: number; started?: string }): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const started = processStart(owner.pid);
  return owner.started === undefined || started === undefined || started === owner.started;
}

/** By passwd(5); the number where it is not there. */
function nameOfUser(uid: number): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.map((line) => line.split(':')).find(([, , number]) => Number(number) === uid)?.[0] ?? String(uid);
  } catch {
    return String(uid);
  }
}

/** Start time of a process in clock ticks since boot (proc(5), stat field 22), where the system tells. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
}
