import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../../shared/domain/message-of.ts';
import { partText, wantedPart } from '../part.ts';
import { crashStates } from './crash-states.ts';
import { DiskHistory } from './disk-history.ts';
import { readCalls, runWatched } from './system-calls.ts';

export interface Examination {
  what: string;
  /** The folder whose fate is looked at, as it is before the program runs. */
  folder: string;
  program: string;
  args: string[];
  /** Moments that are skipped for each one looked at when only a sample is wanted. */
  sampleStride: number;
  /** Random states at each moment, beside those that are always looked at, when all are wanted. Default: 6. */
  rounds?: number;
  /** False: the state in which nothing is lost is left out, because kills show it. */
  asWritten?: boolean;
  /** Fewer states than this would show nothing. */
  fewest: number;
  /** Where states are put: the folder itself, for programs that keep its path. Default: beside it. */
  into?: string;
  /** Looks at a state; throws when something promised is not there. May write into the folder. */
  check(folder: string, said: string[]): Promise<void>;
}

const every = process.env.REELVAULT_CRASH_STATES === 'all';
const seed = process.env.REELVAULT_CRASH_SEED ?? '20261125';

/**
 * Records what a program does to a folder, and has states after a power loss looked at: at every moment of the recording
 * (REELVAULT_CRASH_STATES=all; with REELVAULT_PART=2/10 at every tenth, beginning with the second), or at a sample of them.
 * Prints how many. Throws for the first that fails, naming it.
 */
export async function examine(of: Examination): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'reelvault-states-'));
  try {
    const history = await DiskHistory.of(of.folder);
    const trace = join(scratch, 'trace');
    await runWatched(trace, of.program, of.args);
    for await (const call of readCalls(trace)) history.apply(call);
    await rm(trace);
    let count = 0;
    const target = of.into ?? join(scratch, 'state');
    const { part, parts } = wantedPart;
    const how = every
      ? { seed, rounds: of.rounds ?? 6, asWritten: of.asWritten, stride: parts, first: part - 1 }
      : { seed, rounds: 1, stride: of.sampleStride };
    const began = Date.now();
    for (const state of crashStates(history, how)) {
      await state.writeTo(target);
      await of.check(target, state.said).catch((error: unknown) => {
        const told = messageOf(error);
        throw new Error(`${of.what}, ${state.name}: ${told}`, { cause: error });
      });
      count += 1;
    }
    const which = every ? partText() : 'some';
    const seconds = Math.round((Date.now() - began) / 1000);
    process.stdout.write(
      `${of.what}: ${count} states after a power loss, at ${which} of ${history.moments.length} moments (seed ${seed}), ${seconds} s\n`,
    );
    if (count < of.fewest / (every ? parts : 1)) throw new Error(`${of.what}: only ${count} states were looked at.`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
