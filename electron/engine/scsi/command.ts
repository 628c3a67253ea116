import { systemClock } from '../faults/clock.ts';
import { parseSense, ScsiError, type Sense, senseKey } from './sense.ts';
import { type ExecuteOptions, type ScsiTransport, scsiStatus } from './transport.ts';

export interface CommandOutcome {
  status: number;
  /** Parsed sense data, also where it came next to GOOD. */
  sense?: Sense;
  /** Data-in, empty where there was none. */
  in: Uint8Array;
}

const noData = new Uint8Array(0);
const busyRetries = 40;

/**
 * Carries out one command and parses its sense data; judges nothing. A device that says BUSY or TASK SET FULL is asked
 * again for up to about half a minute.
 */
export async function perform(
  transport: ScsiTransport,
  cdb: Uint8Array,
  options?: ExecuteOptions,
): Promise<CommandOutcome> {
  for (let attempt = 0; ; attempt++) {
    const reply = await transport.execute(cdb, options);
    const busy = reply.status === scsiStatus.busy || reply.status === scsiStatus.taskSetFull;
    if (!busy || attempt === busyRetries) {
      return { status: reply.status, sense: reply.sense && parseSense(reply.sense), in: reply.in ?? noData };
    }
    await systemClock.sleep(Math.min(20 * (attempt + 1), 1000), options?.signal);
  }
}

/** True when the command was carried out: GOOD, or CHECK CONDITION that only informs (NO SENSE, RECOVERED ERROR). */
export function succeeded(outcome: CommandOutcome): boolean {
  const { status, sense } = outcome;
  if (status !== scsiStatus.good && status !== scsiStatus.checkCondition) return false;
  // A target was seen to answer GOOD with MEDIUM ERROR next to it when its disk was full: the sense data decides.
  if (sense) return sense.key <= senseKey.recoveredError;
  return status === scsiStatus.good;
}

/** {@link perform}, but throws a {@link ScsiError} unless the command was carried out. `name` is T10's name of it. */
export async function command(
  transport: ScsiTransport,
  name: string,
  cdb: Uint8Array,
  options?: ExecuteOptions,
): Promise<CommandOutcome> {
  const outcome = await perform(transport, cdb, options);
  if (!succeeded(outcome)) throw new ScsiError(transport.name, name, outcome.status, outcome.sense);
  return outcome;
}

// A device may have several changes to tell of (reset, new cartridge, changed parameters), one per command.
const unitAttentionsInARow = 16;

/** {@link command}, repeated while the device only tells of changes: for commands that do not depend on its state. */
export async function commandPastUnitAttention(
  transport: ScsiTransport,
  name: string,
  cdb: Uint8Array,
  options?: ExecuteOptions,
): Promise<CommandOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await command(transport, name, cdb, options);
    } catch (error) {
      if (!(error instanceof ScsiError && error.isUnitAttention) || attempt === unitAttentionsInARow) throw error;
    }
  }
}
