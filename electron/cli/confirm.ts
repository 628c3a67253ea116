import type { CliContext } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';

/**
 * Makes sure that what destroys data is meant: `expected` has to be typed, as --confirm or at the terminal. Ends with
 * exit code 5 and what would be lost when it is not.
 */
export async function confirmed(cli: CliContext, expected: string, loss: string): Promise<string> {
  const { confirm } = cli.global;
  if (confirm === undefined) {
    cli.terminal.note(loss);
    const typed = await cli.terminal.ask(`Type ${expected} to confirm: `);
    if (typed === expected) return expected;
    throw new CliError(
      exitCodes.conflict,
      typed === undefined ? `${loss} It is not confirmed.` : 'Not confirmed; nothing was changed.',
      `Confirm with --confirm ${shellWord(expected)}`,
    );
  }
  if (confirm === expected) return expected;
  throw new CliError(
    exitCodes.conflict,
    `${loss} --confirm says "${confirm}", not "${expected}"; nothing was changed.`,
    `Confirm with --confirm ${shellWord(expected)}`,
  );
}

/** One word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
