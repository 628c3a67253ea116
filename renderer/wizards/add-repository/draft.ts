import { type RepositoryRow, repositorySettings } from '../../../shared/contract/repositories.ts';
import { isAbsolutePath } from '../absolute-path.ts';
import { commandWithOptions } from '../../../shared/domain/command-line.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';

export interface RepositoryDraft {
  name: string;
  description: string;
  place: { kind: 'directory'; path: string; requireMount: boolean };
  keyIds: readonly string[];
}

/** What the engine saw in a folder. */
export interface FolderFacts {
  exists: boolean;
  isMountPoint: boolean;
  writable: boolean;
  capacityBytes: number | null;
  freeBytes: number | null;
  repositoryId: string | null;
  problem: string | null;
}

export const repositorySteps: readonly StepRule[] = [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'description'] },
  { id: 'folder', title: texts.steps.folder, intro: texts.intros.folder, fields: ['place.path', 'createFolder'] },
  { id: 'options', title: texts.steps.options, intro: texts.intros.options, fields: ['place.requireMount', 'keyIds'] },
  { id: 'summary', title: texts.steps.summary, fields: [] },
];

export const newRepositoryDraft = (name: string, description: string): RepositoryDraft => ({
  name,
  description,
  place: { kind: 'directory', path: '', requireMount: false },
  keyIds: [],
});

export const repositoryDraftOf = (row: RepositoryRow): RepositoryDraft => ({
  name: row.name,
  description: row.description,
  place: row.place,
  keyIds: row.keyIds,
});

export const repositorySettingsOf = (draft: RepositoryDraft) => ({
  name: draft.name,
  description: draft.description,
  place: { ...draft.place, path: draft.place.path.trim() },
  keyIds: [...draft.keyIds],
});

/** `folder`: what was seen at the draft's path, or null while that is not known. */
export const repositoryProblems = (
  draft: RepositoryDraft,
  takenNames: ReadonlySet<string>,
  folder: FolderFacts | null,
): Problem[] => {
  const settings = repositorySettingsOf(draft);
  const problems = schemaProblems(repositorySettings, settings);
  if (takenNames.has(draft.name.trim().toLowerCase())) problems.push({ field: 'name', message: texts.problems.taken });
  if (settings.place.path !== '' && !isAbsolutePath(settings.place.path)) {
    problems.push({ field: 'place.path', message: texts.problems.absolute });
  } else if (folder?.problem != null) {
    problems.push({ field: 'place.path', message: folder.problem });
  }
  if (draft.place.requireMount && folder !== null && !folder.exists) {
    problems.push({ field: 'place.requireMount', message: texts.problems.notMade });
  }
  return problems;
};

/** The same repository as a command. */
export const repositoryCommand = (draft: RepositoryDraft, keyNames: readonly string[]): string => {
  const settings = repositorySettingsOf(draft);
  return commandWithOptions(
    'repository add',
    [settings.name, settings.place.path],
    [
      ['description', settings.description === '' ? null : settings.description],
      ['require-mount', settings.place.requireMount],
      ...keyNames.map((name) => ['key', name] as const),
    ],
  );
};

/** What was found in a folder, in sentences. */
export const folderSentences = (
  folder: FolderFacts,
  space: (bytes: number) => string,
): { intent: 'info' | 'success' | 'warning'; sentences: string[] } => {
  const t = texts.found;
  const room =
    folder.freeBytes === null || folder.capacityBytes === null
      ? []
      : [t.space(space(folder.freeBytes), space(folder.capacityBytes))];
  if (!folder.exists) return { intent: 'info', sentences: [t.new, ...room] };
  const mount = folder.isMountPoint ? t.mount : t.notMount;
  if (folder.repositoryId !== null) return { intent: 'success', sentences: [t.known, mount, ...room] };
  if (!folder.writable) return { intent: 'warning', sentences: [t.readOnly, mount, ...room] };
  return { intent: 'success', sentences: [t.empty, mount, ...room] };
};
