import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { Engine } from '../engine.ts';
import type { Problem } from '../problems.ts';
import { texts } from './texts.ts';

/** Something chosen, with the name it had when it was. */
export interface Chosen {
  id: string;
  name: string;
}

/** What a copy or tape job reads, as it is being edited. */
export interface SourcesDraft {
  jobs: readonly Chosen[];
  repositories: readonly Chosen[];
  excluded: readonly Chosen[];
}

export const newSourcesDraft = (jobs: readonly Chosen[] = []): SourcesDraft => ({
  jobs,
  repositories: [],
  excluded: [],
});

export const selectionOf = (draft: SourcesDraft) => ({
  jobIds: draft.jobs.map((job) => job.id),
  repositoryIds: draft.repositories.map((repository) => repository.id),
  excludedMachineIds: draft.excluded.map((machine) => machine.id),
});

/** The engine takes an empty selection only to refuse it; saying so here spares the way there. */
export const sourcesProblems = (draft: SourcesDraft): Problem[] =>
  draft.jobs.length + draft.repositories.length === 0 ? [{ field: 'sources', message: texts.sources.needed }] : [];

/** Jobs whose backups are on disk: those can be read. */
export const readableJobs = (jobs: readonly JobRow[], ownId: string | undefined): JobRow[] =>
  jobs.filter((job) => job.kind !== 'backup-to-tape' && job.id !== ownId);

/** Names for a saved selection; what is gone keeps its place and says so. */
export const askSourcesDraft = async (
  engine: Engine,
  selection: { jobIds: string[]; repositoryIds: string[]; excludedMachineIds: string[] },
  jobs: readonly JobRow[],
  signal: AbortSignal,
): Promise<SourcesDraft> => {
  const repositories =
    selection.repositoryIds.length === 0 ? [] : (await engine.repositories.list({ limit: 1000 }, { signal })).rows;
  const named = (ids: readonly string[], known: readonly Chosen[]): Chosen[] =>
    ids.map((id) => ({ id, name: known.find((one) => one.id === id)?.name ?? texts.sources.gone(id) }));
  return {
    jobs: named(selection.jobIds, jobs),
    repositories: named(selection.repositoryIds, repositories),
    excluded: named(selection.excludedMachineIds, await askMachines(engine, selection.excludedMachineIds, signal)),
  };
};

const askMachines = async (engine: Engine, ids: readonly string[], signal: AbortSignal): Promise<Chosen[]> => {
  const wanted = new Set(ids);
  const found: Chosen[] = [];
  for (let offset = 0; found.length < wanted.size; offset += 1000) {
    const page = await engine.backups.machines({ offset, limit: 1000 }, { signal });
    found.push(...page.rows.filter((row) => wanted.has(row.id)));
    if (offset + page.rows.length >= page.total || page.rows.length === 0) break;
  }
  return found;
};
