import { sessionParentsSchema } from './schema-session-parents.ts';
import { goneTapes } from './schema-gone-tapes.ts';
import { libraryKinds } from './schema-library-kinds.ts';
import { coreSchema } from './schema-core.ts';
import { driveAlerts } from './schema-drive-alerts.ts';
import { objectVersions } from './schema-object-versions.ts';
import { listSums } from './schema-list-sums.ts';
import { recordTapes } from './schema-record-tapes.ts';
import { repositoryPlaces } from './schema-repository-places.ts';
import { tapeParents } from './schema-tape-parents.ts';
import { tapeRoots } from './schema-tape-roots.ts';
import { tapeSchema } from './schema-tape.ts';

/** Forward only, one transaction each; a released entry is never changed, only followed by another. */
export const migrations: string[] = [
  coreSchema,
  tapeSchema,
  libraryKinds,
  sessionParentsSchema,
  listSums,
  driveAlerts,
  tapeRoots,
  goneTapes,
  tapeParents,
  recordTapes,
  repositoryPlaces,
  objectVersions,
];
