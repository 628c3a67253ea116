import { backupsApi } from './backups.ts';
import { credentialsApi } from './credentials.ts';
import { os } from './implement.ts';
import { jobsApi } from './jobs.ts';
import { mediaApi } from './media.ts';
import { poolsApi } from './pools.ts';
import { repositoriesApi } from './repositories.ts';
import { restoresApi } from './restores.ts';
import type { Services } from './services.ts';
import { sessionsApi } from './sessions.ts';
import { sourcesApi } from './sources.ts';
import { systemApi } from './system.ts';
import { tapeApi } from './tape.ts';

/** The contract with a handler for every procedure; hosts put it on a wire. */
export function createRouter(services: Services) {
  return os.router({
    system: systemApi(services),
    jobs: jobsApi(services),
    sessions: sessionsApi(services),
    backups: backupsApi(services),
    repositories: repositoriesApi(services),
    sources: sourcesApi(),
    tape: tapeApi(services),
    media: mediaApi(services),
    pools: poolsApi(services),
    restores: restoresApi(services),
    credentials: credentialsApi(services),
  });
}
