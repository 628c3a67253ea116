import { backupCommands } from './backup-commands.ts';
import type { Command } from './command.ts';
import { homeCommands } from './home-commands.ts';
import { infrastructureCommands } from './infrastructure-commands.ts';
import { jobCommands } from './job-commands.ts';
import { libraryCommands } from './library-commands.ts';
import { mediaCommands } from './media-commands.ts';
import { sessionCommands } from './session-commands.ts';

/** Everything that can be done in the console. */
export const commands: readonly Command[] = [
  ...homeCommands,
  ...jobCommands,
  ...sessionCommands,
  ...backupCommands,
  ...infrastructureCommands,
  ...libraryCommands,
  ...mediaCommands,
];

/** The command of an id that is known to exist. */
export function commandById(id: string): Command {
  const command = commands.find((other) => other.id === id);
  if (command === undefined) throw new RangeError(`There is no command ${id}.`);
  return command;
}
