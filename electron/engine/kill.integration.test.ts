import { spawn } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlannedFault } from './faults/fault-points.ts';
import { isInPart, partText } from './testing/part.ts';
import { type ChildAction, startAction } from './testing/child-action.ts';
import { type KillStage, killStages, leftovers } from './testing/kill-stages.ts';
import type { World } from './testing/scenario.ts';
import { slowness } from './testing/slow-computer.ts';

// kill -9 in the middle of every kind of work: whatever was committed before is intact, nothing else is listed, and the
// next run finishes. REELVAULT_KILL_SEED chooses the steps; REELVAULT_KILL_ALL=1 takes every one of them, of which
// REELVAULT_PART=2/8 does the second eighth.
const seed = Number(process.env.REELVAULT_KILL_SEED ?? 20_261_121);
const everyStep = process.env.REELVAULT_KILL_ALL === '1';
const stepsPerStage = Number(process.env.REELVAULT_KILL_STEPS ?? 2);
const childLimitMs = 120_000 * slowness;
const childPath = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));

let world: World;
let stages: KillStage[];

const compiled = (): string => `${world.root}.compiled`;

function runChild(
  action: ChildAction,
  env: Record<string, string>,
): Promise<{ signal: string | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [childPath, world.dataDir, JSON.stringify(action)], {
      // Some hundred engines are started from the same sources.
      env: { ...process.env, NODE_COMPILE_CACHE: compiled(), ...env },
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
async function stepsOf(stage: KillStage, action: ChildAction): Promise<PlannedFault[]> {
  const trace = world.path('trace.txt');
  await rm(trace, { force: true });
  const { output } = await runChild(action, { REELVAULT_TRACE: trace });
  expect(output).toContain('ended success');
  const passages = new Map<string, number>();
  const steps = (await readFile(trace, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => {
      const [site = '', when = ''] = line.split(' ');
      const nth = (passages.get(line) ?? 0) + 1;
      passages.set(line, nth);
      return { site, when: when as 'before' | 'after', nth, effect: { kind: 'kill' as const } };
    });
  const sites = new Set(steps.map((step) => step.site));
  expect([...sites]).toEqual(expect.arrayContaining(stage.passes));
  return steps;
}

const ofDatabase = (step: PlannedFault): boolean => step.site.startsWith('step.database.');

/**
 * Before a commit nothing of it is on the disk, as after the step before it, and before its flush a killed process leaves
 * what it leaves after the commit; power-loss tests look into both.
 */
const isKilledAt = (step: PlannedFault): boolean => !ofDatabase(step) || step.when === 'after';

function choose(steps: PlannedFault[]): PlannedFault[] {
  if (everyStep) return steps.filter(isKilledAt).filter((_, index) => isInPart(index));
  // Commits of session rows are many and alike; the steps that make data durable are what is wanted most.
  const interesting = steps.filter((step) => !ofDatabase(step));
  const candidates = interesting.length > 0 ? interesting : steps;
  let state = seed;
  const chosen = new Set<PlannedFault>();
  while (chosen.size < Math.min(stepsPerStage, candidates.length)) {
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

async function killAt(stage: KillStage, action: ChildAction, fault: PlannedFault): Promise<void> {
  await reset();
  const { signal, output } = await runChild(action, { REELVAULT_FAULTS: JSON.stringify([fault]) });
  if (signal !== 'SIGKILL') throw new Error(`It was not killed there, and said: ${output}`);
  await world.open();
  await stage.check?.();
  await world.checkPromises();
  const again = await startAction(world.client, action);
  if (again !== null) await world.ended(again);
  await stage.check?.();
  await world.checkPromises();
  await stage.after();
  expect(await leftovers(world)).toEqual([]);
  await world.engine.close();
}

let all = 0;
let wanted = 0;
let killed = 0;
const failures: string[] = [];

beforeAll(async () => {
  ({ world, stages } = await killStages());
});
afterAll(async () => {
  await world.close();
  for (const beside of [`${world.root}.saved`, compiled()]) await rm(beside, { recursive: true, force: true });
});

test(`killed at durable steps (${everyStep ? partText() : `a sample, seed ${seed}`})`, async () => {
  for (const stage of stages) {
    const action = await stage.prepare();
    await save();
    const steps = await stepsOf(stage, action);
    const chosen = choose(steps);
    const began = Date.now();
    for (const fault of chosen) {
      try {
        await killAt(stage, action, fault);
        killed += 1;
      } catch (error) {
        failures.push(`${stage.name}, ${fault.site} ${fault.when} ${fault.nth}: ${String(error)}`);
        process.stdout.write(`FAILED ${failures.at(-1)}\n`);
        await world.engine.close();
      }
    }
    all += steps.length;
    wanted += steps.filter(isKilledAt).length;
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    process.stdout.write(`${stage.name}: ${chosen.length} kills, ${steps.length} steps, ${seconds} s\n`);
    // The next stage goes on from where an undisturbed run ends.
    await reset();
    expect((await runChild(action, {})).output).toContain('ended success');
    await world.open();
    await stage.after();
  }
  process.stdout.write(
    `Killed at ${killed} of ${wanted} places of ${all} durable steps in ${stages.length} kinds of work (${everyStep ? partText() : `a sample, seed ${seed}`}).\n`,
  );
  expect(failures).toEqual([]);
});
