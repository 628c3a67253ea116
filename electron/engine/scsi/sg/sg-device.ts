/** SCSI devices of this machine, as Linux shows them in sysfs, and opening one. */
import { access, constants, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceType } from '../spc.ts';
import type { ScsiTransport } from '../transport.ts';
import { SgThread } from './sg-port.ts';
import { SgTransport } from './sg-transport.ts';

/** A SCSI device of this machine. */
export interface SgDevice {
  /** Its SCSI generic device, by a path that stays the same where there is one. */
  path: string;
  type: 'changer' | 'drive' | 'other';
  vendor: string;
  product: string;
  revision: string;
  serial: string;
  /** Why it cannot be used now, in words. */
  problem: string | null;
}

/** Where the system shows its devices; another place in tests. */
export interface SystemPaths {
  sys: string;
  dev: string;
}

const systemPaths: SystemPaths = { sys: '/sys', dev: '/dev' };

/** The SCSI devices of this machine, changers and drives first; none where the system is not Linux or has none. */
export async function listSgDevices(paths: SystemPaths = systemPaths): Promise<SgDevice[]> {
  const folder = join(paths.sys, 'bus/scsi/devices');
  const stable = await stablePaths(paths.dev);
  const found: { at: string; device: SgDevice }[] = [];
  for (const at of await namesIn(folder)) {
    // Hosts and targets stand beside the devices, which are named host:channel:target:unit.
    if (!/^\d+:\d+:\d+:\d+$/.test(at)) continue;
    found.push({ at, device: await describe(join(folder, at), at, stable, paths.dev) });
  }
  const rank = { changer: 0, drive: 1, other: 2 };
  found.sort((a, b) => rank[a.device.type] - rank[b.device.type] || byNumbers(a.at, b.at));
  return found.map(({ device }) => device);
}

async function describe(
  folder: string,
  at: string,
  stable: ReadonlyMap<string, string>,
  dev: string,
): Promise<SgDevice> {
  const [type, vendor, product, revision, serial, [generic]] = await Promise.all([
    textOf(join(folder, 'type')),
    textOf(join(folder, 'vendor')),
    textOf(join(folder, 'model')),
    textOf(join(folder, 'rev')),
    serialOf(join(folder, 'vpd_pg80')),
    namesIn(join(folder, 'scsi_generic')),
  ]);
  const kind = Number(type);
  const device = {
    type: kind === deviceType.changer ? 'changer' : kind === deviceType.tape ? 'drive' : 'other',
    vendor,
    product,
    revision,
    serial,
  } as const;
  if (generic === undefined) {
    const problem = 'It has no SCSI generic device: load the kernel module sg (modprobe sg).';
    return { path: `SCSI ${at}`, ...device, problem };
  }
  const path = join(dev, generic);
  return { path: stable.get(generic) ?? path, ...device, problem: await problemOf(path) };
}

async function problemOf(path: string): Promise<string | null> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `${path} is missing.`;
    return `Reelvault may not use ${path}: run it as root, or add its account to the group that owns the device.`;
  }
}

/** Links that name a device by what it is rather than by its number, which may change with every start of the machine. */
async function stablePaths(dev: string): Promise<Map<string, string>> {
  const stable = new Map<string, string>();
  // By serial number before by the place it is connected at.
  for (const folder of ['tape/by-id', 'tape/by-path']) {
    for (const name of (await namesIn(join(dev, folder))).sort()) {
      const link = join(dev, folder, name);
      const target = await realpath(link).catch(() => '');
      const generic = /\/(sg\d+)$/.exec(target)?.[1];
      if (generic !== undefined && !stable.has(generic)) stable.set(generic, link);
    }
  }
  return stable;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'latin1').catch(() => '')).trim();
}

/** Vital product data page 80h, as the kernel read it: four bytes of header, then the number. */
async function serialOf(path: string): Promise<string> {
  const page = await readFile(path, 'latin1').catch(() => '');
  return page.slice(4).replaceAll('\0', '').trim();
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a.split(':').map(Number), b.split(':').map(Number)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
}

/** Opens a SCSI generic device; its commands are called after `role.name`, which may change. */
export async function openSgDevice(path: string, role: { readonly name: string }): Promise<ScsiTransport> {
  const transport = new SgTransport(path, role, new SgThread(path));
  try {
    await transport.open();
    return transport;
  } catch (error) {
    await transport.close().catch(() => undefined);
    throw error;
  }
}
