import { spawn } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlannedFault } from './faults/fault-points.ts';
import type { ChildAction } from './testing/engine-child.ts';
import { World } from './testing/scenario.ts';

// kill -9 in the middle of every kind of job: whatever was committed before is intact, nothing else is listed, and the
// next run finishes. REELVAULT_KILL_SEED chooses the steps; REELVAULT_KILL_ALL=1 takes every one of them.
const seed = Number(process.env.REELVAULT_KILL_SEED ?? 20_261_121);
const everyStep = process.env.REELVAULT_KILL_ALL === '1';
const stepsPerJob = 3;
const childLimitMs = 120_000;
const childPath = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));

let world: World;
const ids = { primary: '', second: '', backup: '', copy: '', tape: '', restored: '' };

function runChild(
  action: ChildAction,
  env: Record<string, string>,
): Promise<{ signal: string | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [childPath, world.dataDir, JSON.stringify(action)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const limit = setTimeout(() => child.kill('SIGKILL'), childLimitMs);
    child.on('error', reject);
    child.on('exit', (_code, signal) => {
      clearTimeout(limit);
      resolve({ signal, output });
    });
  });
}

/** Every durable step of a run, in order, as faults that would kill there. */
async function stepsOf(action: ChildAction): Promise<PlannedFault[]> {
  const trace = world.path('trace.txt');
  await rm(trace, { force: true });
  const { output } = await runChild(action, { REELVAULT_TRACE: trace });
  expect(output).toContain('ended success');
  const passages = new Map<string, number>();
  return (await readFile(trace, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => {
      const [site = '', when = ''] = line.split(' ');
      const nth = (passages.get(line) ?? 0) + 1;
      passages.set(line, nth);
      return { site, when: when as 'before' | 'after', nth, effect: { kind: 'kill' as const } };
    });
}

function choose(steps: PlannedFault[]): PlannedFault[] {
  // Commits of session rows are many and alike; the steps that make data durable are what is wanted most.
  const interesting = steps.filter((step) => step.site !== 'step.database.commit');
  const candidates = everyStep ? steps : interesting;
  if (everyStep) return candidates;
  let state = seed;
  const chosen = new Set<PlannedFault>();
  while (chosen.size < Math.min(stepsPerJob, candidates.length)) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const step = candidates[state % candidates.length];
    if (step) chosen.add(step);
  }
  return [...chosen];
}

async function save(): Promise<void> {
  await world.engine.close();
  await rm(`${world.root}.saved`, { recursive: true, force: true });
  await cp(world.root, `${world.root}.saved`, { recursive: true, preserveTimestamps: true });
}

async function reset(): Promise<void> {
  await rm(world.root, { recursive: true, force: true });
  await cp(`${world.root}.saved`, world.root, { recursive: true, preserveTimestamps: true });
}

beforeAll(async () => {
  world = await World.create({ diskMib: 32, fillMib: 10, cartridges: 6, cartridgeMib: 8 });
  await world.makeDisk();
  ids.primary = await world.addRepository('primary');
  ids.second = await world.addRepository('second');
  ids.backup = await world.createBackupJob(ids.primary);
  ids.copy = await world.createCopyJob(ids.backup, ids.second);
  await world.addLibrary();
  ids.tape = await world.createTapeJob(ids.backup, await world.createPool());
  await world.keep();
  await world.run(ids.backup);
  await world.changeDisk(1);
  await world.keep();
});
afterAll(async () => {
  await world.close();
  await rm(`${world.root}.saved`, { recursive: true, force: true });
});

interface Stage {
  name: string;
  action(): Promise<ChildAction>;
  /** What must hold once the job has run again. */
  after(): Promise<void>;
}

const stages: Stage[] = [
  {
    name: 'backup',
    action: async () => ({ runJob: ids.backup }),
    async after() {
      expect((await world.points('disk')).length).toBeGreaterThanOrEqual(2);
    },
  },
  {
    name: 'backup copy',
    action: async () => ({ runJob: ids.copy }),
    async after() {
      expect((await world.points('copy')).length).toBeGreaterThanOrEqual(1);
    },
  },
  {
    name: 'backup to tape',
    action: async () => ({ runJob: ids.tape }),
    async after() {
      const points = new Set((await world.points('tape')).map((point) => point.pointId));
      for (const point of await world.points('disk')) expect(points).toContain(point.pointId);
    },
  },
  {
    name: 'restore from tape',
    async action() {
      ids.restored ||= await world.addRepository('restored');
      const pointIds = (await world.points('tape')).map((point) => point.id);
      return { restoreFromTape: { pointIds, repositoryId: ids.restored } };
    },
    async after() {
      expect((await world.points('imported')).length).toBeGreaterThanOrEqual(2);
    },
  },
];

describe(`killed at durable steps (seed ${seed})`, () => {
  for (const stage of stages) {
    test(stage.name, async () => {
      const action = await stage.action();
      await save();
      const steps = await stepsOf(action);
      const chosen = choose(steps);
      expect(chosen.length).toBeGreaterThan(0);
      for (const fault of chosen) {
        await reset();
        const { signal, output } = await runChild(action, { REELVAULT_FAULTS: JSON.stringify([fault]) });
        expect(signal, `${fault.site} ${fault.when} ${fault.nth} must kill; the child said: ${output}`).toBe('SIGKILL');
        await world.open();
        await world.checkPromises();
        await world.engine.close();
        const again = await runChild(action, {});
        expect(again.output, `after a kill at ${fault.site} ${fault.when} ${fault.nth}`).toContain('ended success');
        await world.open();
        await world.checkPromises();
        await stage.after();
        await world.engine.close();
      }
      process.stdout.write(`${stage.name}: killed at ${chosen.length} of ${steps.length} steps\n`);
      await world.open();
    });
  }
});
