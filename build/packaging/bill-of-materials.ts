import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './desktop-config.ts';

const run = promisify(execFile);
const npmLimitMs = 120_000;

/** What is read and written here of CycloneDX 1.5 (ECMA-424). */
export interface BillOfMaterials {
  bomFormat: 'CycloneDX';
  specVersion: string;
  metadata: { component: { name: string; version: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}
interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  group?: string;
  version: string;
  purl: string;
  externalReferences?: { type: string }[];
}

export const billName = 'sbom.cdx.json';

/** npm run by this Node, or the one on the path where no npm script is running. */
async function npm(args: readonly string[]): Promise<string> {
  const own = process.env.npm_execpath;
  const [program, first] = own === undefined ? ['npm', []] : [process.execPath, [own]];
  const { stdout } = await run(program, [...first, ...args], { cwd: root, timeout: npmLimitMs, maxBuffer: 2 ** 26 });
  return stdout;
}

const fullName = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

/**
 * What a package is made of, from the lock file alone: the product's own dependencies, without what belongs to other
 * platforms, and with the runtime it brings along (Electron's package is one for building, so npm does not count it in).
 */
export async function billOfMaterials(kind: 'server' | 'desktop'): Promise<BillOfMaterials> {
  const bill = JSON.parse(await npm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'])) as BillOfMaterials;
  const shipped = await shippedPackages();
  const here = (component: Component): boolean => {
    const name = fullName(component);
    if (!shipped.has(`${name}@${component.version}`)) return false;
    // The desktop runs on Electron's Node.
    if (kind === 'desktop' && /^node-(linux|win|darwin)-/.test(name)) return false;
    return existsSync(path.join(root, 'node_modules', name, 'package.json'));
  };
  const components = bill.components
    .filter(here)
    // Where npm would fetch it from is a matter of its configuration.
    .map(({ externalReferences = [], ...component }) => ({
      ...component,
      externalReferences: externalReferences.filter(({ type }) => type !== 'distribution'),
    }));
  if (kind === 'desktop') components.push(await electron());
  const refs = new Set([...components.map((component) => component['bom-ref']), bill.dependencies[0]?.ref]);
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  return { ...bill, components, dependencies };
}

/**
 * `name@version` of what is not for building only. By the lock file's own marks: `--omit dev` leaves out what a package for
 * building needs as well, zod for one.
 */
async function shippedPackages(): Promise<Set<string>> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; dev?: boolean }>;
  };
  return new Set(
    Object.entries(lock.packages).flatMap(([place, { version, dev }]) =>
      dev || version === undefined ? [] : [`${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`],
    ),
  );
}

async function electron(): Promise<Component & { externalReferences: { type: string }[] }> {
  const facts = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    devDependencies: { electron: string };
  };
  const version = facts.devDependencies.electron;
  const purl = `pkg:npm/electron@${version}`;
  return {
    'bom-ref': `electron@${version}`,
    type: 'framework',
    name: 'electron',
    version,
    purl,
    externalReferences: [],
  };
}

export async function writeBill(kind: 'server' | 'desktop', file: string): Promise<void> {
  await writeFile(file, `${JSON.stringify(await billOfMaterials(kind), undefined, 2)}\n`);
}
