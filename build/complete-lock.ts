import { readFile, writeFile } from 'node:fs/promises';

/**
 * Run after package-lock.json was written against a registry mirror that lacks the packages of other platforms: npm then
 * leaves them out, and `npm ci` refuses the file. This adds them, by the exact versions that their parents name, as
 * optional packages for their platform, so that the file is whole everywhere: `npm run complete-lock`.
 */
interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  bin?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, LockedPackage> };
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openbsd', 'netbsd', 'openharmony', 'sunos', 'aix', 'win32'];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

let added = 0;
for (const [parentPath, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    // The project's own are at the top; those of a package there, or below it.
    const places = [`node_modules/${name}`, `${parentPath}/node_modules/${name}`];
    if (places.some((place) => place in lock.packages)) continue;
    const words = name.split(/[-/]/);
    const system = systems.find(
      (candidate) => words.includes(candidate) || (candidate === 'win32' && words.includes('windows')),
    );
    const processor = processors.find((candidate) => words.includes(candidate));
    // Only packages of a platform: anything else that is missing is a real fault, which npm ci will name.
    if (system === undefined || !/^\d/.test(version)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
      os: [system],
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(system === 'win32' ? {} : programsLike(parent)),
      ...(words.includes('musl')
        ? { libc: ['musl'] }
        : system === 'linux' && words.includes('gnu')
          ? { libc: ['glibc'] }
          : {}),
    };
    added += 1;
  }
}

/** Packages of one parent for several platforms bring the same programs; npm links only those that the lock file names. */
function programsLike(parent: LockedPackage): Pick<LockedPackage, 'bin'> {
  const siblings = Object.keys(parent.optionalDependencies ?? {}).map((name) => lock.packages[`node_modules/${name}`]);
  const bin = siblings.find(
    (sibling) => sibling?.bin !== undefined && ![sibling.os ?? []].flat().includes('win32'),
  )?.bin;
  return bin === undefined ? {} : { bin };
}

const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
await writeFile(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added to package-lock.json.\n`);
