import type { InferContractRouterOutputs } from '@orpc/contract';
import type { BackupRow, PointRow } from '../../shared/contract/backups.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import type { JobRow } from '../../shared/contract/jobs.ts';
import type { RepositoryRow } from '../../shared/contract/repositories.ts';
import type { SessionRow } from '../../shared/contract/sessions.ts';
import type { ElementRow, LibraryRow, MediaRow, PoolRow } from '../../shared/contract/tape.ts';

type Outputs = InferContractRouterOutputs<Contract>;

export type MachineRow = Outputs['backups']['machines']['rows'][number];
export type KeyRow = Outputs['credentials']['keys']['rows'][number];
export type AuditRow = Outputs['system']['audit']['rows'][number];
export type Overview = Outputs['system']['overview'];
export type MediaDetail = Outputs['media']['get'];
export type Candidates = Outputs['media']['candidates'];
export type LibraryElement = ElementRow & { libraryId: string };

/** Everything that can be selected, with what is known about it. */
export interface EntityRows {
  job: JobRow;
  session: SessionRow;
  backup: BackupRow;
  point: PointRow;
  machine: MachineRow;
  repository: RepositoryRow;
  key: KeyRow;
  library: LibraryRow;
  element: LibraryElement;
  medium: MediaRow;
  pool: PoolRow;
  audit: AuditRow;
}
export type EntityKind = keyof EntityRows;

/** Rows of one kind, at least one. */
export type Selected = { [K in EntityKind]: { kind: K; rows: readonly EntityRows[K][] } }[EntityKind];

export function selectedOf<K extends EntityKind>(kind: K, rows: readonly EntityRows[K][]): Selected | null {
  return rows.length === 0 ? null : ({ kind, rows } as unknown as Selected);
}

/** The selected rows of a kind, wherever they are selected; null when there are none. */
export function rowsOf<K extends EntityKind>(
  kind: K,
  ...places: readonly (Selected | null)[]
): readonly EntityRows[K][] | null {
  const found = places.find((place) => place?.kind === kind);
  return found === undefined || found === null ? null : (found.rows as readonly EntityRows[K][]);
}
