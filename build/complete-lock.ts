import { readFile, writeFile } from 'node:fs/promises';

/**
 * Run after package-lock.json was written against a registry mirror that lacks the packages of other platforms: npm then
 * leaves them out, and `npm ci` refuses the file. This adds them, by the exact versions that their parents name, as
 * optional packages for their platform, so that the file is whole everywhere. Usage: node build/complete-lock.ts
 */
interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, LockedPackage> };
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openbsd', 'netbsd', 'openharmony', 'sunos', 'aix', 'win32'];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

let added = 0;
for (const [parentPath, parent] of Object.entries(lock.packages)) {
  if (parentPath === '') continue;
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (`${parentPath}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages) continue;
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
      ...(words.includes('musl')
        ? { libc: ['musl'] }
        : system === 'linux' && words.includes('gnu')
          ? { libc: ['glibc'] }
          : {}),
    };
    added += 1;
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
await writeFile(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added to package-lock.json.\n`);
