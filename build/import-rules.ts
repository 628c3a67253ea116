import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { circlesIn } from './import-circles.ts';

/**
 * The rules of the house about who may import whom, on resolved paths and over the whole tree (the lint rules see one
 * import at a time as it is written, this sees where it leads), and how long a file may be.
 */
interface Rule {
  /** Files whose path begins with one of these … */
  from: readonly string[];
  /** … but for those that begin with one of these, or end so … */
  except?: readonly string[];
  /** Tests, and what is in `testing/`, may all the same. */
  notInTests?: boolean;
  exceptEnds?: readonly string[];
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
  { from: ['shared/domain/'], never: /^shared\/contract\/|^@orpc\//, why: 'shared/domain/ is pure policy.' },
  {
    from: ['shared/domain/'],
    except: ['shared/domain/jobs/'],
    never: /^zod$/,
    why: 'Shapes stand beside the rules of what they are shapes of: only shared/domain/jobs/ has any.',
  },
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
    from: ['electron/engine/backup-file/', 'electron/engine/jobs/', 'electron/engine/repository/'],
    except: [
      // Reads and writes open descriptors in worker threads.
      'electron/engine/backup-file/block-io.ts',
      // Disks that are read and written: devices as well as files.
      'electron/engine/backup-file/restore-disk.ts',
      'electron/engine/backup-file/write-backup.ts',
      'electron/engine/jobs/kinds/backup.ts',
      'electron/engine/jobs/sample-disk.ts',
      // What there is in a folder, and how much room.
      'electron/engine/repository/kinds/directory.ts',
    ],
    notInTests: true,
    never: /^node:fs(\/promises)?$/,
    why: 'Files are made, replaced, opened and removed by files/ alone.',
  },
  {
    from: ['electron/engine/files/'],
    notInTests: true,
    never: /^electron\/engine\/(?!(files|faults)\/|errors\.ts)/,
    why: 'files/ is the ground floor.',
  },
  {
    from: ['electron/hosting/'],
    never: /^electron\/(desktop|web|cli)\//,
    why: 'hosting/ is what all hosts share; it knows none of them.',
  },
  {
    from: ['electron/engine/jobs/tasks/'],
    except: ['electron/engine/jobs/tasks/hand-out.ts'],
    never:
      /^electron\/engine\/(api|credentials|database|repository|schedule|sessions|tape|engine\.ts|jobs\/(?!tasks\/))/,
    why: 'A task gets a value and ports: only the coordinator knows catalogue and sessions.',
  },
  {
    from: ['electron/engine/'],
    except: ['electron/engine/database/', 'electron/engine/engine.ts', 'electron/engine/testing/'],
    exceptEnds: ['-store.ts', '.test.ts', '/testing/memory-tape.ts', '/testing/tape-bench.ts'],
    never: /^electron\/engine\/database\/(?!(unit-of-work|paging|database-errors)\.ts$)|^node:sqlite$/,
    why: 'Only database/ and the stores (*-store.ts) see the database.',
  },
  {
    from: ['electron/web/'],
    never: /^electron\/(desktop|cli)\//,
    why: 'A host does not know another host; what they share is in hosting/.',
  },
  {
    from: ['electron/desktop/'],
    never: /^electron\/(web|cli)\//,
    why: 'A host does not know another host; what they share is in hosting/.',
  },
  {
    from: ['electron/cli/'],
    // The program `reelvault`: `serve` is the other host.
    except: ['electron/cli/main.js'],
    never: /^electron\/(web|desktop)\//,
    why: 'A host does not know another host; what they share is in hosting/.',
  },
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

/** Where an import leads: a path from the project's root, or the name of a package as it is written. */
function targetOf(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$|\/(testing|golden)\//.test(file);
}

/** What the imports of one file (path from the project's root) break. */
export function violations(file: string, source: string): string[] {
  const found: string[] = [];
  for (const specifier of importsOf(source)) {
    const target = targetOf(file, specifier);
    for (const rule of rules) {
      const concerned =
        rule.from.some((from) => file.startsWith(from)) &&
        !rule.except?.some((one) => file.startsWith(one)) &&
        !(rule.notInTests && isTest(file)) &&
        !rule.exceptEnds?.some((one) => file.endsWith(one));
      if (concerned && rule.never.test(target)) found.push(`${file} imports ${target}: ${rule.why}`);
    }
  }
  return found;
}

/** Circles of imports among files, and among the rooms (folders) of the tape, by path and text. */
export function circles(sources: ReadonlyMap<string, string>): string[] {
  const files = new Map<string, string[]>();
  const rooms = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const targets = importsOf(source).map((specifier) => targetOf(file, specifier));
    files.set(
      file,
      targets.filter((target) => sources.has(target)),
    );
    const room = roomOf(file);
    if (room === null) continue;
    const others = targets.map(roomOf).filter((other) => other !== null && other !== room);
    rooms.set(room, [...(rooms.get(room) ?? []), ...others.map(String)]);
  }
  return [...circlesIn(files), ...circlesIn(rooms)].map((circle) => `Import circle: ${circle.join(' -> ')}`);
}

/** Folders directly below these have floors: each may know only those below it. */
const withFloors = ['electron/engine/tape/'];

function roomOf(file: string): string | null {
  const house = withFloors.find((folder) => file.startsWith(folder));
  if (house === undefined || /\/testing\/|\.test\.ts$/.test(file)) return null;
  const [room, ...rest] = file.slice(house.length).split('/');
  // What lies in the folder itself is a room, too: the top floor, or the ground.
  return rest.length > 0 ? house + room : house;
}

/** Beyond this a file holds a second concept. */
const mostLines = 450;

/** Undefined, or what to say of a file that is too long. */
export function tooLong(file: string, source: string): string | undefined {
  const lines = source.split('\n').length - 1;
  return lines > mostLines ? `${file} has ${lines} lines, more than ${mostLines}: split it by concept.` : undefined;
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const inner = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(inner);
    else if (/\.([cm]?tsx?|m?js|css|html|sh)$/.test(entry.name)) yield inner;
  }
}

if (import.meta.main) {
  const sources = new Map<string, string>();
  const broken: string[] = [];
  for (const folder of folders) {
    for await (const file of filesIn(folder)) {
      const source = await readFile(path.join(root, file), 'utf8');
      broken.push(...[tooLong(file, source)].filter((one) => one !== undefined));
      if (!/\.(?:[cm]?tsx?|js)$/.test(file)) continue;
      sources.set(file, source);
      broken.push(...violations(file, source));
    }
  }
  broken.push(...circles(sources));
  process.stdout.write(
    broken.length > 0
      ? `${broken.join('\n')}\n`
      : `Import rules hold in ${sources.size} files: no circle, none over ${mostLines} lines.\n`,
  );
  process.exitCode = broken.length > 0 ? 1 : 0;
}
