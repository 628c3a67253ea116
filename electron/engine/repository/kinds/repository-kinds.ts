import { directoryKind } from './directory.ts';
import type { PlaceSettings, RepositoryKind } from './kind.ts';

export type RepositoryKinds = Readonly<Record<string, RepositoryKind<PlaceSettings>>>;

/** Every kind of repository by the name that settings carry. */
export const repositoryKinds: RepositoryKinds = {
  directory: directoryKind,
};
