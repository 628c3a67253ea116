import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const toolLimitMs = 120_000;

/** Where e2fsprogs keeps a tool, or undefined: an ordinary user's path often lacks the sbin folders. */
export function e2fsTool(name: 'mkfs.ext4' | 'debugfs' | 'e2fsck'): string | undefined {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/usr/local/sbin', '/opt/homebrew/opt/e2fsprogs/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** Bytes that look random but follow from the seed alone; half of every 64 KiB compresses well, as real files do. */
export function seededBytes(seed: string, sizeBytes: number): Buffer {
  const out = Buffer.alloc(sizeBytes);
  const key = createHash('sha256').update(seed).digest();
  let state = key.readUInt32LE(0) | 1;
  let other = key.readUInt32LE(4) | 1;
  const half = 32 * 1024;
  for (let position = 0; position + 4 <= sizeBytes; position += 4) {
    if (position % (2 * half) >= half) {
      out.writeUInt32LE(0x20646c6f + ((position >>> 12) & 0xff), position);
      continue;
    }
    // xorshift (Marsaglia 2003), two of them so that the period never shows in a file.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    other ^= other << 7;
    other ^= other >>> 25;
    other ^= other << 12;
    out.writeUInt32LE((state ^ other) >>> 0, position);
  }
  return out;
}

export interface SampleFile {
  path: string;
  sizeBytes: number;
}

/** The files a sample disk of this size begins with: a few folders of small files, and large ones for the rest. */
export function sampleFiles(fillBytes: number): SampleFile[] {
  const files: SampleFile[] = [];
  for (let index = 0; index < 60; index += 1) {
    files.push({ path: `etc/app-${index % 6}/config-${index}.conf`, sizeBytes: 700 + 137 * index });
  }
  const large = 8 * 2 ** 20;
  for (let index = 0; index * large < fillBytes; index += 1) {
    files.push({ path: `srv/data/volume-${index}.bin`, sizeBytes: Math.min(large, fillBytes - index * large) });
  }
  return files;
}

/**
 * Makes a raw disk image with an ext4 file system that holds `fillBytes` of real files made from the seed. Where
 * e2fsprogs is not installed the image holds the same bytes without a file system; the result says which.
 */
export async function makeSampleDisk(
  path: string,
  options: { sizeBytes: number; fillBytes: number; seed: string; label?: string },
): Promise<{ fileSystem: 'ext4' | 'none' }> {
  await mkdir(dirname(path), { recursive: true });
  const mkfs = e2fsTool('mkfs.ext4');
  const image = await open(path, 'w');
  try {
    await image.truncate(options.sizeBytes);
    if (!mkfs) {
      for (let at = 0; at < options.fillBytes; at += 2 ** 20) {
        await image.write(seededBytes(`${options.seed}:${at}`, 2 ** 20), 0, 2 ** 20, at);
      }
      await image.sync();
      return { fileSystem: 'none' };
    }
  } finally {
    await image.close();
  }
  const content = await mkdtemp(join(tmpdir(), 'reelvault-sample-'));
  try {
    for (const file of sampleFiles(options.fillBytes)) {
      await mkdir(dirname(join(content, file.path)), { recursive: true });
      await writeFile(join(content, file.path), seededBytes(`${options.seed}:${file.path}`, file.sizeBytes));
    }
    await run(
      mkfs,
      ['-q', '-F', '-L', options.label ?? 'sample', '-E', 'lazy_itable_init=0,nodiscard', '-d', content, path],
      { timeout: toolLimitMs },
    );
  } finally {
    await rm(content, { recursive: true, force: true });
  }
  await truncate(path, options.sizeBytes);
  return { fileSystem: 'ext4' };
}

/** Changes files inside an ext4 image through debugfs(8): writes `add`, removes `remove`. Needs no mount and no root. */
export async function changeSampleDisk(
  path: string,
  changes: { newFolders: string[]; add: SampleFile[]; remove: string[]; seed: string },
): Promise<void> {
  const debugfs = e2fsTool('debugfs');
  if (!debugfs) throw new Error('debugfs is not installed (Debian package e2fsprogs).');
  const content = await mkdtemp(join(tmpdir(), 'reelvault-sample-'));
  try {
    const commands: string[] = changes.remove.map((file) => `rm /${file}`);
    // debugfs damages the image when it is told to make a folder that exists, so new ones are named by the caller.
    for (const folder of changes.newFolders) commands.push(`mkdir /${folder}`);
    for (const [index, file] of changes.add.entries()) {
      await writeFile(join(content, String(index)), seededBytes(`${changes.seed}:${file.path}`, file.sizeBytes));
      commands.push(`rm /${file.path}`, `write ${join(content, String(index))} /${file.path}`);
    }
    const script = join(content, 'commands');
    // debugfs reports a file that is not there to remove, and goes on: that is fine here.
    await writeFile(script, `${commands.join('\n')}\n`);
    await run(debugfs, ['-w', '-f', script, path], { timeout: toolLimitMs, maxBuffer: 2 ** 24 });
  } finally {
    await rm(content, { recursive: true, force: true });
  }
}
