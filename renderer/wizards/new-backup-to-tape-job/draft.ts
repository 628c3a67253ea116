import { backupToTape, type BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import {
  draftOfSchedule,
  newScheduleDraft,
  type ScheduleDraft,
  scheduleOfDraft,
  scheduleProblems,
  wholeNumber,
} from '../../ui/wizard/schedule-draft.ts';
import {
  type CommonDraft,
  commonDraftOf,
  commonSettingsOf,
  newCommonDraft,
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

export type TapeJobSettings = BackupToTapeSettings;

export interface TapeJobDraft extends CommonDraft {
  sources: SourcesDraft;
  fullPoolId: string;
  incrementsOn: boolean;
  /** Kept when increments are switched off, so that switching them on again brings it back. */
  incrementPoolId: string;
  latestPointOnly: boolean;
  virtualFullOn: boolean;
  virtualFull: ScheduleDraft;
  parallelDrives: string;
  ejectMedia: boolean;
  exportMedia: boolean;
  waitForMediaHours: string;
}

export const tapeSteps: readonly StepRule[] = [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'description'] },
  { id: 'backups', title: texts.steps.backups, intro: texts.intros.backups, fields: ['sources'] },
  { id: 'pool', title: texts.steps.pool, intro: texts.intros.pool, fields: ['fullPoolId'] },
  {
    id: 'incremental',
    title: texts.steps.incremental,
    intro: texts.intros.incremental,
    fields: ['incrementsOn', 'incrementPoolId'],
  },
  {
    id: 'options',
    title: texts.steps.options,
    intro: texts.intros.options,
    fields: ['parallelDrives', 'ejectMedia', 'exportMedia', 'waitForMediaHours', 'latestPointOnly', 'virtualFull'],
  },
  { id: 'schedule', title: texts.steps.schedule, intro: texts.intros.schedule, fields: ['schedule', 'retry'] },
  { id: 'summary', title: texts.steps.summary, fields: ['runNow'] },
];

const saturdays = (): ScheduleDraft => ({ ...newScheduleDraft('daily'), dayChoice: 'these-days' });

export const newTapeDraft = (
  name: string,
  description: string,
  jobs: readonly Chosen[],
  poolId: string,
): TapeJobDraft => ({
  ...newCommonDraft(name, description, 'daily'),
  sources: newSourcesDraft(jobs),
  fullPoolId: poolId,
  incrementsOn: true,
  incrementPoolId: poolId,
  latestPointOnly: false,
  virtualFullOn: true,
  virtualFull: saturdays(),
  parallelDrives: '1',
  ejectMedia: false,
  exportMedia: false,
  waitForMediaHours: '72',
});

export const tapeDraftOf = (settings: TapeJobSettings, sources: SourcesDraft): TapeJobDraft => ({
  ...commonDraftOf(settings),
  sources,
  fullPoolId: settings.fullPoolId,
  incrementsOn: settings.writeIncrements,
  incrementPoolId: settings.incrementPoolId ?? settings.fullPoolId,
  latestPointOnly: settings.latestPointOnly,
  virtualFullOn: settings.virtualFull !== null,
  virtualFull: settings.virtualFull === null ? saturdays() : draftOfSchedule(settings.virtualFull),
  parallelDrives: String(settings.parallelDrives),
  ejectMedia: settings.ejectMedia,
  exportMedia: settings.exportMedia,
  waitForMediaHours: String(settings.waitForMediaHours),
});

export const tapeSettingsOf = (draft: TapeJobDraft) => ({
  kind: 'backup-to-tape' as const,
  ...commonSettingsOf(draft),
  sources: selectionOf(draft.sources),
  fullPoolId: draft.fullPoolId,
  writeIncrements: draft.incrementsOn,
  ...(draft.incrementsOn ? { incrementPoolId: draft.incrementPoolId } : {}),
  latestPointOnly: draft.latestPointOnly,
  virtualFull: draft.virtualFullOn ? scheduleOfDraft(draft.virtualFull) : null,
  parallelDrives: wholeNumber(draft.parallelDrives),
  ejectMedia: draft.ejectMedia,
  exportMedia: draft.exportMedia,
  waitForMediaHours: wholeNumber(draft.waitForMediaHours),
});

export const tapeProblems = (draft: TapeJobDraft, takenNames: ReadonlySet<string>): Problem[] => {
  const schema = schemaProblems(backupToTape.schema, tapeSettingsOf(draft))
    .filter((problem) => !problem.field.startsWith('virtualFull'))
    .map((problem) =>
      problem.field === 'fullPoolId' || problem.field === 'incrementPoolId'
        ? { ...problem, message: texts.problems.pool }
        : problem,
    );
  const virtual = draft.virtualFullOn
    ? scheduleProblems(draft.virtualFull).map(({ part, message }) => ({ field: `virtualFull.${part}`, message }))
    : [];
  return [...withCommonProblems(draft, schema, takenNames), ...sourcesProblems(draft.sources), ...virtual];
};
