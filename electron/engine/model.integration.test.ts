import { expect, test } from 'vitest';
import { messageOf } from '../../shared/domain/message-of.ts';
import { isInPart } from './testing/part.ts';
import { ModelWorld } from './testing/model-world.ts';

// Long random sequences of all operations, faults, cancels, restarts and losses. REELVAULT_MODEL_SEED chooses the sequence,
// REELVAULT_MODEL_STEPS how long it is; `npm run test:model` takes 10 000 steps. More than a thousand steps are several
// sequences, of the seeds that follow; REELVAULT_PART=2/5 takes every fifth of them, beginning with the second.
const firstSeed = Number(process.env.REELVAULT_MODEL_SEED ?? 20_261_125);
const allSteps = Number(process.env.REELVAULT_MODEL_STEPS ?? 120);
const longestSequence = 1000;

const sequences = Array.from({ length: Math.ceil(allSteps / longestSequence) }, (_, index) => ({
  seed: firstSeed + index,
  steps: Math.min(longestSequence, allSteps - index * longestSequence),
})).filter((_, index) => isInPart(index));

test.each(sequences)(
  'after each of $steps random steps (seed $seed) everything promised is there',
  async (sequence) => {
    const { seed, steps } = sequence;
    const model = await ModelWorld.create(seed);
    const trail: string[] = [];
    try {
      for (let step = 1; step <= steps; step += 1) {
        trail.push(
          await model.step().catch(async (error: unknown) => {
            const told = messageOf(error);
            process.stdout.write(`${await model.lastLogs().catch(String)}\n`);
            throw new Error(`Step ${step} of seed ${seed}, after ${trail.slice(-8).join(', ')}: ${told}`, {
              cause: error,
            });
          }),
        );
        if (step % 100 === 0) process.stdout.write(`${step} steps\n`);
      }
      const told = (counts: Map<string, number>): string =>
        [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
      process.stdout.write(
        `${steps} steps of seed ${seed}: ${told(model.done)}\nfaults that fired: ${told(model.fired)}\n`,
      );
      for (const name of ['backup', 'copy', 'tape', 'restart']) expect(model.done.get(name) ?? 0).toBeGreaterThan(0);
      expect(model.fired.size).toBeGreaterThan(0);
    } finally {
      await model.close();
    }
  },
);
