import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { Engine } from '../engine.ts';
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

export const selectionOf = (draft: SourcesDraft) => ({
  jobIds: draft.jobs.map((job) => job.id),
  repositoryIds: draft.repositories.map((repository) => repository.id),
  excludedMachineIds: draft.excluded.map((machine) => machine.id),
});

/** Jobs whose backups are on disk: those can be read. */
export const readableJobs = (jobs: readonly JobRow[], ownId: string | undefined): JobRow[] =>
  jobs.filter((job) => job.repositoryId !== null && job.id !== ownId);

/** Names for what a saved selection holds; what is gone keeps its place and says so. */
export const askNames = async (
  engine: Engine,
  draft: SourcesDraft,
  jobs: readonly JobRow[],
  signal: AbortSignal,
): Promise<SourcesDraft> => {
  const repositories =
    draft.repositories.length === 0 ? [] : (await engine.repositories.list({ limit: 1000 }, { signal })).rows;
  const named = (chosen: readonly Chosen[], known: readonly Chosen[]): Chosen[] =>
    chosen.map(({ id }) => ({ id, name: known.find((one) => one.id === id)?.name ?? texts.sources.gone(id) }));
  const machines = await askMachines(
    engine,
    draft.excluded.map(({ id }) => id),
    signal,
  );
  return {
    jobs: named(draft.jobs, jobs),
    repositories: named(draft.repositories, repositories),
    excluded: named(draft.excluded, machines),
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
