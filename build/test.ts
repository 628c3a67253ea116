import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { slowness } from '../electron/engine/testing/slow-computer.ts';

/**
 * What `npm test` runs: set-up, static checks, unit and integration tests, builds, the console in a browser. Each step has
 * a time limit, longer on a slow or busy computer; the whole has one only where `REELVAULT_TOTAL_LIMIT_SECONDS` sets it, as CI
 * does. All steps run whatever the others found, and the last line is the sum. `check`: only the static ones.
 */
interface Step {
  name: string;
  command: string[];
  /** On an idle computer with two cores. */
  limitSeconds: number;
  /** Where the step's tool writes its results as JSON, and which tool's. */
  report?: { kind: 'vitest' | 'playwright'; file: string };
  env?: Record<string, string>;
  /** This step cannot run when that one failed. */
  after?: string;
}

export interface Tally {
  passed: number;
  failed: string[];
  skipped: string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'test-results');
/** How long a tool may take to leave once its report is written: Node now and then hangs in its exit. */
const leaveLimitMs = 20_000;

const vitest = (project: string, limitSeconds: number): Step => {
  const file = path.join(results, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return {
    name: project,
    command: ['vitest', 'run', '-c', 'build/vitest.config.ts', '--project', project, ...reporters],
    limitSeconds,
    report: { kind: 'vitest', file },
  };
};

const checks: Step[] = [
  { name: 'format', command: ['biome', 'format', 'electron', 'renderer', 'shared', 'e2e', 'build'], limitSeconds: 60 },
  {
    name: 'lint',
    command: ['oxlint', '-c', 'build/oxlint.json', '--deny-warnings', 'electron', 'renderer', 'shared', 'e2e', 'build'],
    limitSeconds: 60,
  },
  { name: 'imports', command: ['node', 'build/import-rules.ts'], limitSeconds: 60 },
  { name: 'types', command: ['tsc', '--noEmit'], limitSeconds: 240 },
  { name: 'dead code', command: ['knip', '-c', 'build/knip.json'], limitSeconds: 120 },
  { name: 'unreached code', command: ['node', 'build/unreached-code.ts'], limitSeconds: 120 },
];

const playwrightReport = path.join(results, 'e2e.json');
const tests: Step[] = [
  vitest('unit', 420),
  vitest('integration', 1200),
  {
    name: 'build renderer',
    command: ['vite', 'build', '-c', 'build/vite.config.ts', '--logLevel', 'warn'],
    limitSeconds: 180,
  },
  {
    name: 'build desktop',
    command: ['vite', 'build', '-c', 'build/vite.desktop.config.ts', '--logLevel', 'warn'],
    limitSeconds: 180,
  },
  {
    name: 'e2e',
    command: ['playwright', 'test', '-c', 'build/playwright.config.ts', '--project=e2e', '--reporter=list,json'],
    limitSeconds: 900,
    report: { kind: 'playwright', file: playwrightReport },
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
    after: 'build renderer',
  },
];

if (import.meta.main) {
  const onlyChecks = process.argv[2] === 'check';
  const setup: Step = { name: 'set-up', command: ['bash', 'build/setup-debian.sh'], limitSeconds: 600 };
  process.exitCode = await runAll(onlyChecks ? checks : [setup, ...checks, ...tests]);
}

async function runAll(steps: readonly Step[]): Promise<number> {
  const deadline = Date.now() + totalLimitMs(process.env.REELVAULT_TOTAL_LIMIT_SECONDS);
  process.stdout.write(`Limits are ${slowness} times those of an idle computer with two cores (REELVAULT_SLOW).\n`);
  const sum: Tally = { passed: 0, failed: [], skipped: [] };
  const failedSteps = new Set<string>();
  await mkdir(results, { recursive: true });
  for (const step of steps) {
    if (step.after !== undefined && failedSteps.has(step.after)) {
      sum.failed.push(`${step.name} (not run: ${step.after} failed)`);
      continue;
    }
    process.stdout.write(`\n── ${step.name} ──\n`);
    const began = Date.now();
    const tally = await runStep(step, Math.min(step.limitSeconds * 1000 * slowness, Math.max(1000, deadline - began)));
    process.stdout.write(
      `── ${step.name}: ${tally.failed.length === 0 ? 'ok' : 'FAILED'} in ${Math.round((Date.now() - began) / 1000)} s\n`,
    );
    if (tally.failed.length > 0) failedSteps.add(step.name);
    sum.passed += tally.passed;
    sum.failed.push(...tally.failed);
    sum.skipped.push(...tally.skipped);
  }
  process.stdout.write(`\n${summary(sum)}\n`);
  return sum.failed.length === 0 ? 0 : 1;
}

/** The limit of the whole in milliseconds; none unless seconds are given. */
export function totalLimitMs(seconds: string | undefined): number {
  if (seconds === undefined || seconds === '') return Number.POSITIVE_INFINITY;
  const limit = Number(seconds);
  if (!(limit > 0)) throw new Error(`REELVAULT_TOTAL_LIMIT_SECONDS takes a number of seconds, not "${seconds}".`);
  return limit * 1000;
}

/** Names what failed and what was skipped; the last line is the sum. */
export function summary(sum: Tally): string {
  const lines = sum.failed.map((name) => `FAILED  ${name}`);
  lines.push(...sum.skipped.map((name) => `skipped ${name}`));
  const skipped = sum.skipped.length > 0 ? `, ${sum.skipped.length} skipped` : '';
  return [...lines, `${sum.passed} passed, ${sum.failed.length} failed${skipped}`].join('\n');
}

async function runStep(step: Step, limitMs: number): Promise<Tally> {
  if (step.report) await rm(step.report.file, { force: true });
  const end = await runCommand(step, limitMs);
  const report = step.report ? await readReport(step.report) : undefined;
  const tally: Tally = report ?? { passed: 0, failed: [], skipped: [] };
  const reported = tally.failed.length > 0;
  if (end === 'timeout') tally.failed.push(`${step.name} (did not end within ${Math.round(limitMs / 1000)} s)`);
  else if (end === 'hung in its exit')
    process.stdout.write(`${step.name}: had its results, did not leave, was ended.\n`);
  else if (end !== 0 && !reported) tally.failed.push(`${step.name} (exit code ${end})`);
  else if (step.report && !report) tally.failed.push(`${step.name} (no report)`);
  else if (!step.report) tally.passed += 1;
  return tally;
}

/** Runs a step's command in a process group of its own, which is ended as a whole when the time is up. */
function runCommand(step: Step, limitMs: number): Promise<number | 'timeout' | 'hung in its exit'> {
  const [program = '', ...args] = step.command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: {
        ...process.env,
        ...step.env,
        // Where the pinned Node and every tool stand.
        PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
      },
    });
    let outcome: 'timeout' | 'hung in its exit' | undefined;
    const killGroup = (why: typeof outcome): void => {
      outcome = why;
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just left by itself.
      }
    };
    const limit = setTimeout(() => killGroup('timeout'), limitMs);
    let leaving: NodeJS.Timeout | undefined;
    const look = setInterval(() => {
      if (!step.report || leaving) return;
      void readReport(step.report).then((report) => {
        if (report) leaving ??= setTimeout(() => killGroup('hung in its exit'), leaveLimitMs);
      });
    }, 2000);
    const interrupt = (): void => {
      killGroup('timeout');
      process.exit(130);
    };
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    const done = (end: number | 'timeout' | 'hung in its exit'): void => {
      clearTimeout(limit);
      clearTimeout(leaving);
      clearInterval(look);
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      resolve(end);
    };
    child.once('error', (error) => {
      process.stdout.write(`${program}: ${error.message}\n`);
      done(127);
    });
    child.once('exit', (code, signal) => done(outcome ?? code ?? (signal ? 128 : 1)));
  });
}

async function readReport(report: { kind: 'vitest' | 'playwright'; file: string }): Promise<Tally | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(report.file, 'utf8'));
    return report.kind === 'vitest' ? tallyVitest(content) : tallyPlaywright(content);
  } catch {
    // Not there yet, or not whole.
    return undefined;
  }
}

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** Vitest's JSON reporter: every test by its state, and files that could not even be loaded. */
export function tallyVitest(content: unknown): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  for (const file of (content as VitestReport).testResults) {
    const name = path.relative(root, file.name);
    if (file.status === 'failed' && file.assertionResults.every((result) => result.status !== 'failed')) {
      tally.failed.push(`${name}: ${(file.message ?? 'could not be run').split('\n')[0]}`);
    }
    for (const result of file.assertionResults) {
      if (result.status === 'passed') tally.passed += 1;
      else if (result.status === 'failed') tally.failed.push(`${name}: ${result.fullName}`);
      else tally.skipped.push(`${name}: ${result.fullName}`);
    }
  }
  return tally;
}

interface PlaywrightSuite {
  title: string;
  suites?: PlaywrightSuite[];
  specs?: { title: string; tests: { status: 'expected' | 'unexpected' | 'flaky' | 'skipped' }[] }[];
}

/** Playwright's JSON reporter; a test that passed only when tried again counts as failed. */
export function tallyPlaywright(content: unknown): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  const { suites, errors } = content as { suites: PlaywrightSuite[]; errors: { message?: string }[] };
  const visit = (suite: PlaywrightSuite, path: string): void => {
    const here = [path, suite.title].filter(Boolean).join(' › ');
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        if (test.status === 'expected') tally.passed += 1;
        else if (test.status === 'skipped') tally.skipped.push(`${here} › ${spec.title}`);
        else tally.failed.push(`${here} › ${spec.title}${test.status === 'flaky' ? ' (flaky)' : ''}`);
      }
    }
    for (const inner of suite.suites ?? []) visit(inner, here);
  };
  for (const suite of suites) visit(suite, '');
  for (const error of errors) tally.failed.push(`e2e: ${(error.message ?? 'error').split('\n')[0]}`);
  return tally;
}
