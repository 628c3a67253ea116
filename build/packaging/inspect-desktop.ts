import { existsSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fusesOf, type Flavour } from './desktop-config.ts';

/** The order of fuses in the wire, version 1 (Electron's docs/tutorial/fuses.md); what follows is newer than this list. */
const wireOrder = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const;
export const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** Reads the fuses of a packed program: the sentinel, a version, a length, and for each fuse "1", "0" or "r" (removed). */
export async function readFuses(program: string): Promise<Record<string, boolean | undefined>> {
  const content = await readFile(program);
  const at = content.indexOf(fuseSentinel);
  if (at < 0) throw new Error(`${program} has no fuses: it is not Electron.`);
  const wire = content.subarray(at + fuseSentinel.length);
  if (wire[0] !== 1) throw new Error(`${program} has fuses of version ${wire[0]}; this reads version 1.`);
  const length = wire[1] ?? 0;
  const read: Record<string, boolean | undefined> = {};
  for (let index = 0; index < length; index += 1) {
    const state = String.fromCharCode(wire[2 + index] ?? 0);
    read[wireOrder[index] ?? `fuse ${index}`] = state === '1' ? true : state === '0' ? false : undefined;
  }
  return read;
}

interface AsarFolder {
  files: Record<string, AsarFolder | { size: number; unpacked?: boolean }>;
}

/** Paths of the files in an archive: a Pickle of four lengths, then the directory as JSON. `unpacked`: beside it. */
export async function listArchive(archive: string): Promise<{ path: string; unpacked: boolean }[]> {
  const file = await open(archive);
  try {
    const lengths = Buffer.alloc(16);
    await file.read(lengths, 0, 16, 0);
    const json = Buffer.alloc(lengths.readUInt32LE(12));
    await file.read(json, 0, json.length, 16);
    const found: { path: string; unpacked: boolean }[] = [];
    const visit = (folder: AsarFolder, prefix: string): void => {
      for (const [name, entry] of Object.entries(folder.files)) {
        if ('files' in entry) visit(entry, `${prefix}${name}/`);
        else found.push({ path: prefix + name, unpacked: entry.unpacked === true });
      }
    };
    visit(JSON.parse(json.toString('utf8')) as AsarFolder, '');
    return found;
  } finally {
    await file.close();
  }
}

const allowed =
  /^(package\.json|out\/(desktop|renderer)\/.+|node_modules\/(@napi-rs\/blake-hash|lz4-napi|@antoniomuso\/lz4-napi-)[^/]*\/.+)$/;
const needed = [
  'package.json',
  'out/desktop/main.cjs',
  'out/desktop/preload.cjs',
  'out/desktop/icon.png',
  'out/renderer/index.html',
];
/** These are started as files, so they have to be files. */
const neededUnpacked = [
  /^out\/desktop\/engine\/engine-process\.mjs$/,
  /^out\/desktop\/engine\/block-worker\.mjs$/,
  /^out\/desktop\/engine\/key-worker\.mjs$/,
  /^out\/desktop\/engine\/digest-worker\.mjs$/,
  /^node_modules\/@napi-rs\/blake-hash-[^/]+\/.+\.node$/,
  /^node_modules\/@antoniomuso\/lz4-napi-[^/]+\/.+\.node$/,
];

/** What is wrong with an unpacked package (electron-builder's `dir`), in words; nothing when it may be given out. */
export async function inspectDesktop(
  folder: string,
  executable: string,
  flavour: Flavour,
  resources = 'resources',
): Promise<string[]> {
  const wrong: string[] = [];
  const archive = path.join(folder, resources, 'app.asar');
  const files = await listArchive(archive);
  for (const file of files) {
    if (!allowed.test(file.path)) wrong.push(`${file.path} does not belong into the package`);
    if (/\.(map|ts)$|\.test\./.test(file.path)) wrong.push(`${file.path} is of no use to anybody who installs it`);
    if (file.unpacked && !existsSync(path.join(`${archive}.unpacked`, file.path))) {
      wrong.push(`${file.path} is said to be beside the archive, and is not`);
    }
  }
  for (const name of needed) if (!files.some((file) => file.path === name)) wrong.push(`${name} is missing`);
  for (const pattern of neededUnpacked) {
    if (!files.some((file) => file.unpacked && pattern.test(file.path))) wrong.push(`${pattern.source} is missing`);
  }
  const fuses = await readFuses(path.join(folder, executable));
  for (const [name, wanted] of Object.entries(fusesOf(flavour))) {
    if (fuses[name] !== undefined && fuses[name] !== wanted)
      wrong.push(`the fuse ${name} is ${fuses[name] ? 'on' : 'off'}`);
    if (!(name in fuses)) wrong.push(`this Electron has no fuse ${name}`);
  }
  if ((await readdir(path.join(folder, resources))).includes('default_app.asar')) {
    wrong.push('Electron’s own sample program is still there');
  }
  return wrong;
}
