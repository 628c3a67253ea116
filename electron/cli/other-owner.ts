import { stat } from 'node:fs/promises';
import { CliError, exitCodes } from './exit-codes.ts';

/**
 * Refuses to open an engine as root on a data directory of somebody else: the backups that it would write belong to root,
 * and the service, under its own user, could neither read nor merge them. With the service running, commands go
 * through it, and nothing of this matters.
 */
export async function refuseForeignDataDir(
  dataDir: string,
  user: number | undefined = process.getuid?.(),
): Promise<void> {
  if (user !== 0) return;
  let owner: number;
  try {
    owner = (await stat(dataDir)).uid;
  } catch {
    // It will be made, and be root's.
    return;
  }
  if (owner === 0) return;
  throw new CliError(
    exitCodes.conflict,
    `The data directory ${dataDir} belongs to another user (id ${owner}), and no engine runs on it: as root this command would write files that user cannot use.`,
    `Start the service (systemctl start reelvault) and give the command again, or give it as that user: setpriv --reuid ${owner} --clear-groups reelvault …`,
  );
}
