import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const mib = 2 ** 20;
const runFile = promisify(execFile);
const searchPath = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Runs a program to its end; rejects with what it wrote to its error output. */
export async function sh(command: string, environment: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, PATH: searchPath, ...environment };
  const { stdout } = await runFile('bash', ['-o', 'pipefail', '-c', command], { env, maxBuffer: 64 * mib });
  return stdout.trim();
}

/** Whether a program is there. */
export async function has(program: string): Promise<boolean> {
  return sh(`command -v ${program}`).then(
    () => true,
    () => false,
  );
}

/** A path as a word of a shell command. */
export function word(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Makes a run start as all others do: what is read lies in the page cache, the memory that the run will fill has been
 * touched (a virtual machine's host takes unused memory back, and getting it again costs more than the copy itself), and
 * the processors are idle, or were waited for long enough.
 */
export async function settle(folder: string, sources: readonly string[], idleWaitMs: number): Promise<void> {
  await touchMemory(folder);
  for (const source of sources) for await (const _chunk of createReadStream(source, { highWaterMark: 4 * mib }));
  await untilIdle(idleWaitMs);
}

async function touchMemory(folder: string): Promise<void> {
  const path = join(folder, 'warm');
  const file = await open(path, 'w');
  try {
    const zeros = Buffer.alloc(4 * mib);
    for (let written = 0; written < 2400 * mib; written += zeros.length) await file.write(zeros);
  } finally {
    await file.close();
    await rm(path);
  }
}

/** Waits until three quarters of the processors' time were idle for half a second. */
async function untilIdle(limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  for (let before = await processorTimes(); Date.now() < end; ) {
    await delay(500);
    const now = await processorTimes();
    if ((now.idle - before.idle) / Math.max(1, now.all - before.all) > 0.75) return;
    before = now;
  }
}

async function processorTimes(): Promise<{ idle: number; all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const times = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), all: times.reduce((sum, time) => sum + time, 0) };
}

/**
 * A file of `sizeBytes` that compresses as real data does: stretches of the real files under /usr, and as many of random
 * bytes. Once all real files were used, later rounds of them differ in every page, so that nothing is there twice.
 */
export async function mixedFile(path: string, sizeBytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  const stretch = Buffer.alloc(16 * mib);
  const real = realFiles();
  try {
    for (let at = 0; at < sizeBytes; at += stretch.length) {
      if ((at / stretch.length) % 2 === 0) await real.fill(stretch);
      else
        for (let from = 0; from < stretch.length; from += 65_536)
          crypto.getRandomValues(stretch.subarray(from, from + 65_536));
      await file.write(stretch, 0, Math.min(stretch.length, sizeBytes - at));
    }
    await file.sync();
  } finally {
    await file.close();
    real.end();
  }
}

/** The files under /usr as one endless stream. */
function realFiles(): { fill(target: Buffer): Promise<void>; end(): void } {
  let round = 0;
  let tar = startTar();
  let chunks = tar.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  return {
    async fill(target) {
      for (let at = 0; at < target.length; ) {
        if (rest.length === 0) {
          const next = await chunks.next();
          if (next.done) {
            round += 1;
            tar = startTar();
            chunks = tar.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
            continue;
          }
          rest = next.value;
        }
        const length = rest.copy(target, at);
        rest = rest.subarray(length);
        at += length;
      }
      if (round > 0) for (let at = 0; at < target.length; at += 4096) target.writeUInt32LE(round, at);
    },
    end() {
      tar.kill();
    },
  };
}

function startTar() {
  return spawn('tar', ['-C', '/usr', '--ignore-failed-read', '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Makes an ext4 image of about `sizeBytes`, nine tenths of it filled with files; kept from run to run. */
export async function diskImage(folder: string, sizeBytes: number): Promise<string> {
  const path = join(folder, `disk-${Math.round(sizeBytes / mib)}m.img`);
  if (await stat(path).catch(() => undefined)) return path;
  const content = join(folder, 'content');
  await rm(content, { recursive: true, force: true });
  const fileBytes = 64 * mib;
  const count = Math.max(1, Math.floor((sizeBytes * 0.9) / fileBytes));
  await mixedFile(join(content, 'all'), count * fileBytes);
  await sh(`cd ${word(content)} && split -b ${fileBytes} -d -a 4 all file- && rm all`);
  const partial = `${path}.partial`;
  await sh(`truncate -s ${sizeBytes} ${word(partial)} && mkfs.ext4 -q -F -d ${word(content)} ${word(partial)}`);
  await sh(`rm -r ${word(content)} && mv ${word(partial)} ${word(path)} && sync ${word(path)}`);
  return path;
}
