/**
 * What a program asks of the file system, as strace(1) sees it: every thread, native code (SQLite) included, nothing of it
 * under our control. Linux only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One call that ended well. Between `start` and `end` (line numbers of the trace) it was under way. */
export interface SystemCall {
  name: string;
  /** As strace prints them; strings are hexadecimal. */
  args: string;
  result: number;
  start: number;
  end: number;
}

const watched =
  'openat,open,creat,close,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,' +
  'copy_file_range,sendfile,fsync,fdatasync,sync_file_range,sync,syncfs,rename,renameat,renameat2,unlink,unlinkat,' +
  'rmdir,mkdir,mkdirat,link,linkat';

/** Why programs cannot be watched here, or undefined. */
export function whyNotWatched(): string | undefined {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=write', 'true'], { encoding: 'utf8' });
  if (tried.error) return 'strace is not installed (Debian package strace)';
  return tried.status === 0 ? undefined : `strace may not watch programs here: ${tried.stderr.trim().split('\n')[0]}`;
}

/** Runs a Node program to its end under strace; the trace goes to `traceFile`. Throws unless it ends well. */
export function runWatched(traceFile: string, program: string, args: string[]): Promise<void> {
  const options = ['-f', '-xx', '-s', String(2 ** 27), '-e', 'signal=none', '-e', `trace=${watched}`];
  const command = [...options, '-o', traceFile, process.execPath, program, ...args];
  const child = spawn('strace', command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, UV_USE_IO_URING: '0' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${output}`)),
    );
  });
}

/** Calls in the order in which they ended. */
export async function* readCalls(traceFile: string): AsyncGenerator<SystemCall> {
  const underWay = new Map<string, { text: string; start: number }>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(traceFile) })) {
    line += 1;
    const space = text.indexOf(' ');
    const thread = text.slice(0, space);
    let rest = text.slice(space).trimStart();
    let start = line;
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
    if (resumed) {
      const begun = underWay.get(thread);
      if (!begun) continue;
      underWay.delete(thread);
      rest = begun.text + rest.slice(resumed[0].length);
      start = begun.start;
    }
    const unfinished = rest.lastIndexOf(' <unfinished ...>');
    if (unfinished >= 0) {
      underWay.set(thread, { text: rest.slice(0, unfinished), start });
      continue;
    }
    const open = rest.indexOf('(');
    const close = rest.lastIndexOf(') ');
    const result = /^\) += (-?\d+)/.exec(rest.slice(close));
    if (open < 0 || close < 0 || !result) continue;
    if (Number(result[1]) < 0) continue;
    yield { name: rest.slice(0, open), args: rest.slice(open + 1, close), result: Number(result[1]), start, end: line };
  }
}

/** Strings of a call's arguments, as bytes, in order. */
export function stringsOf(args: string): Buffer[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
}

/** What stands between the strings, split at commas. */
export function numbersOf(args: string): string[] {
  return args.replace(/"[^"]*"/g, '""').split(/, */);
}
