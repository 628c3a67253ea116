import { backups } from './backups.ts';
import { credentials } from './credentials.ts';
import { jobs } from './jobs.ts';
import { repositories } from './repositories.ts';
import { restores } from './restores.ts';
import { sessions } from './sessions.ts';
import { sources } from './sources.ts';
import { system } from './system.ts';
import { media, pools, tape } from './tape.ts';

/** The engine's whole API; one file per namespace. Hosts carry it over WebSocket, a message port or HTTP. */
export const contract = {
  system,
  jobs,
  sessions,
  backups,
  repositories,
  sources,
  tape,
  media,
  pools,
  restores,
  credentials,
};
export type Contract = typeof contract;
