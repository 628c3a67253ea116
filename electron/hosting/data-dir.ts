import { homedir } from 'node:os';
import path from 'node:path';

/**
 * Where configuration, sessions and catalogue live: `$REELVAULT_DATA`, or the platform's place for application data
 * (for root on Linux /var/lib, as for any service).
 */
export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  isRoot: boolean = process.getuid?.() === 0,
  home: string = homedir(),
): string {
  if (env.REELVAULT_DATA) return path.resolve(env.REELVAULT_DATA);
  if (platform === 'win32') return path.win32.join(env.ProgramData ?? 'C:\\ProgramData', 'Reelvault');
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support', 'Reelvault');
  if (isRoot) return '/var/lib/reelvault';
  return path.posix.join(env.XDG_DATA_HOME || path.posix.join(home, '.local', 'share'), 'reelvault');
}
