import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The rules of the house about who may import whom, on resolved paths and over the whole tree: the lint rules see one
 * import at a time as it is written, this sees where it leads.
 */
interface Rule {
  /** Files whose path begins with one of these … */
  from: readonly string[];
  except?: readonly string[];
  /** … may not import paths or packages that match. */
  never: RegExp;
  why: string;
}

export const rules: readonly Rule[] = [
  {
    from: ['renderer/'],
    never: /^(electron|e2e|build)\/|^node:/,
    why: 'renderer/ and electron/ meet only in shared/.',
  },
  {
    from: ['shared/'],
    never: /^(electron|renderer|e2e|build)\/|^node:|^electron$|^react/,
    why: 'shared/ stands alone.',
  },
  { from: ['shared/domain/'], never: /^shared\/contract\/|^@orpc\/|^zod$/, why: 'shared/domain/ is pure policy.' },
  { from: ['electron/'], never: /^(renderer|e2e)\//, why: 'renderer/ and electron/ meet only in shared/.' },
  {
    from: ['electron/'],
    except: ['electron/desktop/'],
    never: /^electron$/,
    why: 'Only electron/desktop/ knows Electron.',
  },
  {
    from: ['electron/engine/'],
    never: /^electron\/(desktop|web|cli)\//,
    why: 'The engine does not know its hosts.',
  },
  {
    from: ['electron/engine/'],
    except: ['electron/engine/api/', 'electron/engine/engine.ts', 'electron/engine/testing/'],
    never: /^shared\/contract\/|^@orpc\//,
    why: 'api/ is the only part of the engine that knows the contract.',
  },
  {
    from: ['electron/web/'],
    never: /^electron\/(desktop|cli)\//,
    why: 'Hosts do not lean on each other that way round.',
  },
  { from: ['electron/desktop/'], never: /^electron\/cli\//, why: 'Hosts do not lean on each other that way round.' },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['electron', 'renderer', 'shared', 'build', 'e2e'];

/** Specifiers of static and dynamic imports, re-exports and `new URL('./x.ts', import.meta.url)` in a source text. */
export function importsOf(source: string): string[] {
  const withoutComments = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const patterns = [
    /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\bnew URL\(\s*['"](\.[^'"]+\.tsx?)['"]\s*,\s*import\.meta\.url/g,
  ];
  return patterns.flatMap((pattern) => [...withoutComments.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** What the imports of one file (path from the project's root) break. */
export function violations(file: string, source: string): string[] {
  const found: string[] = [];
  for (const specifier of importsOf(source)) {
    const target = specifier.startsWith('.')
      ? path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier))
      : specifier;
    for (const rule of rules) {
      const concerned =
        rule.from.some((from) => file.startsWith(from)) && !rule.except?.some((one) => file.startsWith(one));
      if (concerned && rule.never.test(target)) found.push(`${file} imports ${target}: ${rule.why}`);
    }
  }
  return found;
}

async function* sourceFiles(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const inner = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sourceFiles(inner);
    else if (/\.[cm]?tsx?$/.test(entry.name)) yield inner;
  }
}

if (import.meta.main) {
  const broken: string[] = [];
  let count = 0;
  for (const folder of folders) {
    for await (const file of sourceFiles(folder)) {
      count += 1;
      broken.push(...violations(file, await readFile(path.join(root, file), 'utf8')));
    }
  }
  process.stdout.write(broken.length > 0 ? `${broken.join('\n')}\n` : `Import rules hold in ${count} files.\n`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
