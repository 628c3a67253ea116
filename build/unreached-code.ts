import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Finds code that no program of the product reaches: what only tests use is a promise that nothing keeps. `unreached.json`
 * lists what stays all the same, with the issue that makes the product use it; whatever else is found fails the check, and so does
 * an exception that is no longer needed. `docs/decisions.md` shows the same list: `--write` brings it up to date there.
 */
export interface Exception {
  what: string;
  /** Title of the issue that makes the product use it; null for a seam that is there for tests. */
  issue: string | null;
  /** `file` where nothing in it is reached, else `file: name, name`. */
  code: string[];
}

/** What knip's JSON reporter writes, as far as it is read here. */
interface KnipReport {
  issues: { file: string; files: unknown[]; exports: { name: string }[]; unresolved?: { name: string }[] }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const begin = '<!-- unreached code: written by build/unreached-code.ts -->';
const end = '<!-- end of unreached code -->';

/** One line per file that is not reached (`file`) and per name (`file: name`). */
export function unreachedIn(report: KnipReport): Set<string> {
  const found = new Set<string>();
  for (const { file, files, exports, unresolved = [] } of report.issues) {
    if (files.length > 0) found.add(file);
    for (const { name } of exports) found.add(`${file}: ${name}`);
    for (const { name } of unresolved) found.add(`${file}: imports ${name}, which is not there`);
  }
  return found;
}

/** What is wrong, one sentence each; empty when the list of exceptions is exactly what was found. */
export function compare(found: ReadonlySet<string>, exceptions: readonly Exception[]): string[] {
  const excepted = new Set(exceptions.flatMap((exception) => exception.code.flatMap(each)));
  return [
    ...[...found]
      .filter((code) => !excepted.has(code))
      .map((code) => `${code}: no program of the product reaches it. Use it, delete it, or move it to testing/.`),
    ...[...excepted]
      .filter((code) => !found.has(code))
      .map((code) => `${code}: is reached now, or gone. Strike it from build/unreached.json.`),
  ].toSorted();
}

function each(code: string): string[] {
  const [file = '', names] = code.split(': ');
  return names === undefined ? [file] : names.split(', ').map((name) => `${file}: ${name}`);
}

/** The exceptions as the table in `docs/decisions.md`. */
export function table(exceptions: readonly Exception[]): string {
  const rows = exceptions.map(
    ({ what, issue, code }) =>
      `| ${what} | ${code.map((one) => `\`${one}\``).join(', ')} | ${issue ?? 'none: for tests'} |`,
  );
  return ['| what | code | issue |', '|---|---|---|', ...rows].join('\n');
}

/** The text with the table between its two marks. Throws where they are missing. */
export function withTable(text: string, exceptions: readonly Exception[]): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error('docs/decisions.md has no place for the list of unreached code.');
  return `${text.slice(0, from + begin.length)}\n\n${table(exceptions)}\n\n${text.slice(to)}`;
}

async function runKnip(): Promise<KnipReport> {
  const args = [path.join(root, 'node_modules/knip/bin/knip.js'), '--production', '-c', 'build/knip.production.json'];
  const child = spawn(process.execPath, [...args, '--reporter', 'json', '--no-exit-code', '--no-config-hints'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  for await (const chunk of child.stdout) output.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(output).toString('utf8')) as KnipReport;
}

if (import.meta.main) {
  const exceptions = JSON.parse(await readFile(path.join(root, 'build/unreached.json'), 'utf8')) as Exception[];
  const documentPath = path.join(root, 'docs/decisions.md');
  const text = await readFile(documentPath, 'utf8');
  const told = withTable(text, exceptions);
  if (process.argv[2] === '--write') await writeFile(documentPath, told);
  const problems = compare(unreachedIn(await runKnip()), exceptions);
  if (told !== text && process.argv[2] !== '--write') {
    problems.push(
      'docs/decisions.md shows another list than build/unreached.json: node build/unreached-code.ts --write',
    );
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
