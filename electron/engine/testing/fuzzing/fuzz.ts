import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { partText, rangeOfPart } from '../part.ts';
import { choices } from './mutate.ts';

export const fuzzSeed = Number(process.env.REELVAULT_FUZZ_SEED ?? 20_261_125);
/** How many inputs each fuzzer takes; `npm run test:fuzz` takes a million, in parts where REELVAULT_PART says so. */
export const fuzzInputs = Number(process.env.REELVAULT_FUZZ_INPUTS ?? 3000);

/** Of the processor: a busy machine makes no parser slow. Waiting without end is the test's own limit. */
const longestInputMs = 2000;
const memoryLimitBytes = 256 * 2 ** 20;

/**
 * Feeds a parser. `act` makes one input from the choices and gives it to the parser; it returns whether the parser took
 * it, and throws only where the parser did what it must not. An input that takes long, and memory that grows, are failures.
 * Prints what came of it.
 */
export async function fuzz(
  what: string,
  act: (choose: (below: number) => number, input: number) => boolean | Promise<boolean>,
  inputs = fuzzInputs,
): Promise<{ taken: number; refused: number }> {
  const outcome = { taken: 0, refused: 0 };
  const [from, end] = rangeOfPart(inputs);
  let before = 0;
  for (let input = from; input < end; input += 1) {
    // Each input has a seed of its own, so that one can be tried alone.
    const seed = fuzzSeed + input;
    const began = process.threadCpuUsage();
    const result = act(choices(seed), input);
    try {
      const taken = typeof result === 'boolean' ? result : await result;
      outcome[taken ? 'taken' : 'refused'] += 1;
    } catch (error) {
      throw new Error(`${what}, input of seed ${seed}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const spent = process.threadCpuUsage(began);
    const took = (spent.user + spent.system) / 1000;
    if (took > longestInputMs)
      throw new Error(`${what}, input of seed ${seed}: took ${Math.round(took)} ms of the processor.`);
    // As in the product, where blocks are read by message: what a failed decompression held is given back between turns.
    if (input % 500 === 0) await turn();
    if (input === from + Math.floor((end - from) / 10)) before = await settledMemory();
  }
  const grown = (await settledMemory()) - before;
  if (grown > memoryLimitBytes) throw new Error(`${what}: memory grew by ${grown} bytes.`);
  process.stdout.write(
    `${what}: ${end - from} inputs, ${outcome.refused} refused, ${outcome.taken} taken (seed ${fuzzSeed}, ${partText()})\n`,
  );
  return outcome;
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function settledMemory(): Promise<number> {
  for (let time = 0; time < 3; time += 1) {
    await turn();
    collect();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
