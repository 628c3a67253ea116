import { execFile } from 'node:child_process';
import { z } from 'zod';
import { root } from './packaging/desktop-config.ts';

const limitMs = 60_000;
const severities = ['info', 'low', 'moderate', 'high', 'critical'] as const;
const report = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ name: z.string(), severity: z.enum(severities), range: z.string(), via: z.array(z.unknown()) }),
  ),
});

export type Advisories =
  | { checked: true; found: { name: string; severity: (typeof severities)[number]; range: string }[] }
  | { checked: false; reason: string };

/** What an answer of `npm audit --json` says; anything but a report is no all-clear. */
export function readAudit(output: string): Advisories {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return { checked: false, reason: output.trim().slice(0, 300) || 'npm audit said nothing' };
  }
  const parsed = report.safeParse(value);
  if (parsed.success) {
    return {
      checked: true,
      found: Object.values(parsed.data.vulnerabilities).map(({ name, severity, range }) => ({ name, severity, range })),
    };
  }
  const { message, error } = value as { message?: string; error?: { summary?: string } };
  // The address names a registry, which is nobody's business but the configuration's.
  const words =
    [message, error?.summary].find((text) => text !== undefined && text !== '') ?? 'the answer is no report';
  return { checked: false, reason: words.replace(/ - \w+ https?:\S+/, '') };
}

/** Asks the registry for what is known about the locked versions of what is shipped and what builds it. */
export function checkAdvisories(): Promise<Advisories> {
  return new Promise((resolve) => {
    const own = process.env.npm_execpath;
    const [program, first] = own === undefined ? ['npm', []] : [process.execPath, [own]];
    const args = [...first, 'audit', '--json', '--package-lock-only', '--audit=true'];
    execFile(program, args, { cwd: root, timeout: limitMs, maxBuffer: 2 ** 26 }, (error, stdout) => {
      // Findings end npm with an error, too: the output decides.
      resolve(stdout === '' && error ? { checked: false, reason: error.message } : readAudit(stdout));
    });
  });
}

if (import.meta.main) {
  const result = await checkAdvisories();
  if (!result.checked) {
    process.stdout.write(`Advisories: could not be checked (${result.reason}). This is no all-clear.\n`);
    process.exitCode = 3;
  } else {
    for (const { name, severity, range } of result.found) process.stdout.write(`${severity}: ${name} ${range}\n`);
    process.stdout.write(`Advisories: checked, ${result.found.length} found.\n`);
    process.exitCode = result.found.length > 0 ? 1 : 0;
  }
}
