import { type BackupCopySettings, backupCopy, copyMode } from '../../../shared/domain/jobs/backup-copy.ts';
import type { RetentionDraft } from '../../ui/wizard/retention-field.tsx';
import {
  type CommonDraft,
  commonDraftOf,
  commonSettingsOf,
  newCommonDraft,
  retentionDraftOf,
  retentionOf,
  withCommonProblems,
} from '../job-pages/job-draft.ts';
import {
  type Chosen,
  newSourcesDraft,
  selectionOf,
  type SourcesDraft,
  sourcesProblems,
} from '../job-pages/sources-draft.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';

export type CopyJobSettings = BackupCopySettings;

export interface CopyJobDraft extends CommonDraft {
  mode: 'immediate' | 'periodic';
  sources: SourcesDraft;
  repositoryId: string;
  retention: RetentionDraft;
  codec: CopyJobSettings['codec'];
  keyId: string;
}

/** What the target is compared with: names of repositories, and where source jobs write. */
export interface CopyFacts {
  takenNames: ReadonlySet<string>;
  repositories: readonly { id: string; name: string }[];
  jobs: readonly { id: string; name: string; targetName: string }[];
}

export const copySteps = (draft: CopyJobDraft): readonly StepRule[] => [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'description', 'mode'] },
  { id: 'objects', title: texts.steps.objects, intro: texts.intros.objects, fields: ['sources'] },
  {
    id: 'target',
    title: texts.steps.target,
    intro: texts.intros.target,
    fields: ['repositoryId', 'retention', 'codec', 'keyId'],
  },
  {
    id: 'schedule',
    title: texts.steps.schedule,
    intro: draft.mode === 'immediate' ? texts.intros.scheduleImmediate : texts.intros.schedulePeriodic,
    fields: ['schedule', 'retry'],
  },
  { id: 'summary', title: texts.steps.summary, fields: ['runNow'] },
];

export const newCopyDraft = (name: string, description: string, jobs: readonly Chosen[]): CopyJobDraft => ({
  ...newCommonDraft(name, description, 'daily'),
  mode: 'immediate',
  sources: newSourcesDraft(jobs),
  repositoryId: '',
  retention: { kind: 'days', amount: '7' },
  codec: 'keep',
  keyId: '',
});

export const copyDraftOf = (settings: CopyJobSettings, sources: SourcesDraft): CopyJobDraft => {
  const common = commonDraftOf(settings);
  return {
    ...common,
    // An immediate job is stored as continuous; should it become periodic, it begins with the usual time.
    schedule: copyMode(settings) === 'immediate' ? { ...common.schedule, kind: 'daily' } : common.schedule,
    mode: copyMode(settings),
    sources,
    repositoryId: settings.repositoryId,
    retention: retentionDraftOf(settings.retention),
    codec: settings.codec,
    keyId: settings.keyId ?? '',
  };
};

export const copySettingsOf = (draft: CopyJobDraft) => ({
  kind: 'backup-copy' as const,
  ...commonSettingsOf(draft),
  ...(draft.mode === 'immediate' ? { schedule: { kind: 'continuous' as const } } : {}),
  sources: selectionOf(draft.sources),
  repositoryId: draft.repositoryId,
  retention: retentionOf(draft.retention),
  codec: draft.codec,
  ...(draft.keyId === '' ? {} : { keyId: draft.keyId }),
});

/** A copy must not stand beside its source. */
const targetProblems = (draft: CopyJobDraft, facts: CopyFacts): Problem[] => {
  const { repositoryId, sources } = draft;
  if (repositoryId === '') return [{ field: 'repositoryId', message: texts.problems.repository }];
  const target = facts.repositories.find((repository) => repository.id === repositoryId);
  if (target === undefined) return [];
  if (sources.repositories.some((repository) => repository.id === repositoryId)) {
    return [{ field: 'repositoryId', message: texts.problems.sameRepository(target.name) }];
  }
  const beside = facts.jobs.find(
    (job) => sources.jobs.some((chosen) => chosen.id === job.id) && job.targetName === target.name,
  );
  if (beside === undefined) return [];
  return [{ field: 'repositoryId', message: texts.problems.besideSource(beside.name, target.name) }];
};

export const copyProblems = (draft: CopyJobDraft, facts: CopyFacts): Problem[] => {
  const schema = schemaProblems(backupCopy.schema, copySettingsOf(draft)).filter(
    (problem) => problem.field !== 'repositoryId',
  );
  const common = withCommonProblems(draft, schema, facts.takenNames).filter(
    (problem) => draft.mode === 'periodic' || !problem.field.startsWith('schedule'),
  );
  return [...common, ...sourcesProblems(draft.sources), ...targetProblems(draft, facts)];
};
