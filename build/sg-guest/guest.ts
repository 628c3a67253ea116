/**
 * A Linux machine of its own for tests: Debian's cloud kernel under QEMU's emulation (no KVM, no root needed), with
 * SCSI devices of an iSCSI target behind its SCSI generic driver, this program and its Node.js.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { nodeBundle, workerEntries } from '../node-bundle.ts';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, '../..');
const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
const find = (tool: string): string | undefined => folders.map((folder) => join(folder, tool)).find(existsSync);

const tools: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  modprobe: 'kmod',
  depmod: 'kmod',
  cpio: 'cpio',
  busybox: 'busybox-static',
  'dpkg-deb': 'dpkg',
  'apt-get': 'apt',
};
const iscsiClient = '/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so';

/** Why these tests cannot run here; undefined where they can. Put it into the name of what is skipped. */
export const guestMissing: string | undefined = ((): string | undefined => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the guest needs Linux on x64';
  const missing = Object.entries(tools).flatMap(([tool, debian]) => (find(tool) ? [] : [debian]));
  if (!existsSync(iscsiClient)) missing.push('qemu-block-extra');
  return missing.length === 0 ? undefined : `Debian packages ${[...new Set(missing)].join(', ')} not installed`;
})();

interface Kernel {
  version: string;
  folder: string;
}

/** Debian's current cloud kernel, fetched once through apt into the user's cache. Throws where there is none to be had. */
export async function prepareKernel(): Promise<Kernel> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'reelvault', 'guest-kernel');
  await mkdir(cache, { recursive: true });
  const wanted = await currentKernel();
  const kept = (await readdir(cache)).filter((name) => name.endsWith('-cloud-amd64')).sort();
  const version = wanted ?? kept.at(-1);
  if (version === undefined) throw new Error('apt knows no cloud kernel: run apt-get update.');
  const folder = join(cache, version);
  if (existsSync(folder)) return { version, folder };
  try {
    await fetchKernel(version, cache);
  } catch (error) {
    // Without a network an older one will do.
    const older = kept.at(-1);
    if (older === undefined) throw error;
    return { version: older, folder: join(cache, older) };
  }
  return { version, folder };
}

async function fetchKernel(version: string, cache: string): Promise<void> {
  const fresh = await mkdtemp(join(cache, 'new-'));
  try {
    await run('apt-get', ['download', `linux-image-${version}`], { cwd: fresh, timeout: 180_000 });
    const deb = (await readdir(fresh)).find((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', deb as string, join(fresh, 'kernel')], { cwd: fresh });
    await run(find('depmod') as string, ['-b', join(fresh, 'kernel'), version]);
    await rename(join(fresh, 'kernel'), join(cache, version));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function currentKernel(): Promise<string | undefined> {
  const { stdout } = await run('apt-cache', ['depends', 'linux-image-cloud-amd64']).catch(() => ({ stdout: '' }));
  return /linux-image-(\S+-cloud-amd64)/.exec(stdout)?.[1];
}

/** Packs everything the guest runs into one archive that its kernel unpacks into memory. */
async function packInitrd({ version, folder }: Kernel, root: string, target: string): Promise<void> {
  for (const name of ['bin', 'modules', 'guest']) await mkdir(join(root, name), { recursive: true });
  await copyFile(find('busybox') as string, join(root, 'bin/busybox'));
  await copyFile(join(here, 'init.sh'), join(root, 'init'));
  await chmod(join(root, 'init'), 0o755);
  const drivers = await modules(version, folder, join(root, 'modules'));
  await writeFile(join(root, 'modules/order'), `${drivers.join('\n')}\n`);
  await copyFile(process.execPath, join(root, 'bin/node'));
  // Emulated, reading and stripping hundreds of source files takes minutes: one bundle takes seconds.
  const bundle = { format: 'es', dir: join(root, 'guest'), extension: 'mjs' } as const;
  await build(nodeBundle(join(here, 'job.ts'), bundle, [workerEntries()]));
  for (const name of compiledPackages) await copyPackage(name, join(root, 'guest'));
  const programs = [process.execPath, ...(await compiledParts(join(root, 'guest')))];
  for (const library of new Set((await Promise.all(programs.map(libraries))).flat())) await copyInto(root, library);
  await run('/bin/sh', ['-c', `find . -print0 | cpio --null --create --format=newc --quiet >"$1"`, 'sh', target], {
    cwd: root,
  });
}

/** Packages with compiled parts stay outside of the bundle; those parts are packages of their own. */
const compiledPackages = [
  'lz4-napi',
  '@antoniomuso/lz4-napi-linux-x64-gnu',
  '@napi-rs/blake-hash',
  '@napi-rs/blake-hash-linux-x64-gnu',
];

async function copyPackage(name: string, into: string): Promise<void> {
  const path = join('node_modules', name);
  await cp(join(project, path), join(into, path), { recursive: true });
}

async function compiledParts(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.node')).map((name) => join(folder, name));
}

/** Copies the drivers with what they lean on; returns their names in the order of loading. */
async function modules(version: string, folder: string, into: string): Promise<string[]> {
  const wanted = ['virtio_pci', 'virtio_scsi', 'sg', 'st', 'ch'];
  const args = ['-d', folder, '-S', version, '--show-depends', '--all', ...wanted];
  const { stdout } = await run(find('modprobe') as string, args);
  const paths = [...stdout.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] as string);
  for (const path of paths) await copyFile(path, join(into, basename(path)));
  return [...new Set(paths.map((path) => basename(path)))];
}

/** Shared libraries of a program, its loader among them. */
async function libraries(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+)(?= \()/g)].map((match) => match[1] as string);
}

async function copyInto(root: string, path: string): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await copyFile(path, join(root, path));
}

/** Boots the guest with these iSCSI units as its SCSI devices, and returns all it printed. Gone within the limit. */
export async function runGuest(units: readonly string[], limitMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelvault-guest-'));
  try {
    const booted = await prepareKernel();
    const initrd = join(folder, 'initrd');
    await packInitrd(booted, join(folder, 'root'), initrd);
    await rm(join(folder, 'root'), { recursive: true });
    const devices = units.flatMap((unit, index) => {
      const [drive, device] = [`file=${unit},if=none,id=d${index},format=raw`, `scsi-generic,drive=d${index}`];
      return ['-drive', drive, '-device', `${device},bus=s0.0,scsi-id=${index + 1}`];
    });
    const machine = [
      '-accel',
      'tcg,thread=multi',
      '-m',
      '1536',
      '-smp',
      '2',
      '-nographic',
      '-no-reboot',
      '-nodefaults',
    ];
    const boot = ['-kernel', join(booted.folder, 'boot', `vmlinuz-${booted.version}`), '-initrd', initrd];
    const command = ['-append', `console=ttyS0 quiet panic=-1 guest.devices=${units.length}`];
    const scsi = ['-device', 'virtio-scsi-pci,id=s0', ...devices];
    return await output(
      find('qemu-system-x86_64') as string,
      [...machine, '-serial', 'stdio', ...boot, ...command, ...scsi],
      limitMs,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function output(program: string, args: string[], limitMs: number): Promise<string> {
  // It dies with this process, however that ends.
  const child = spawn(find('setpriv') as string, ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const limit = setTimeout(() => {
    text += `\nStopped after ${limitMs / 1000} s.`;
    child.kill('SIGKILL');
  }, limitMs);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(limit);
  return text.replaceAll('\r', '');
}
