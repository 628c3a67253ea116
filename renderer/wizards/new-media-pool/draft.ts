import { type PoolSettings, poolSettings } from '../../../shared/contract/tape.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import {
  draftOfSchedule,
  newScheduleDraft,
  type ScheduleDraft,
  scheduleOfDraft,
  scheduleProblems,
  wholeNumber,
} from '../../ui/wizard/schedule-draft.ts';
import { scheduleWords } from '../../../shared/domain/schedule-words.ts';
import type { Chosen } from '../job-pages/sources-draft.ts';
import { commandWithOptions } from '../../../shared/domain/command-line.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';

export interface PoolDraft {
  name: string;
  description: string;
  /** Preferred first. */
  libraryIds: readonly string[];
  media: readonly Chosen[];
  replenishFromFree: boolean;
  takeBlank: boolean;
  allocation: PoolSettings['allocation']['kind'];
  setSchedule: ScheduleDraft;
  retention: PoolSettings['retention']['kind'];
  retentionDays: string;
  maxDrives: string;
}

export const poolSteps: readonly StepRule[] = [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'description'] },
  {
    id: 'tapes',
    title: texts.steps.tapes,
    intro: texts.intros.tapes,
    fields: ['libraryIds', 'mediaIds', 'media', 'replenishFromFree', 'takeBlank'],
  },
  { id: 'set', title: texts.steps.set, intro: texts.intros.set, fields: ['allocation'] },
  { id: 'retention', title: texts.steps.retention, intro: texts.intros.retention, fields: ['retention'] },
  { id: 'options', title: texts.steps.options, intro: texts.intros.options, fields: ['maxDrives'] },
  { id: 'summary', title: texts.steps.summary, fields: [] },
];

export const newPoolDraft = (name: string, description: string, media: readonly Chosen[]): PoolDraft => ({
  name,
  description,
  libraryIds: [],
  media,
  replenishFromFree: true,
  takeBlank: true,
  allocation: 'session',
  setSchedule: { ...newScheduleDraft('daily'), dailyAt: '18:00', dayChoice: 'these-days' },
  retention: 'for',
  retentionDays: '90',
  maxDrives: '1',
});

export const poolDraftOf = (settings: PoolSettings): PoolDraft => {
  const fresh = newPoolDraft(settings.name, settings.description, []);
  return {
    ...fresh,
    libraryIds: settings.libraryIds,
    replenishFromFree: settings.replenishFromFree,
    takeBlank: settings.takeBlank,
    allocation: settings.allocation.kind,
    setSchedule:
      settings.allocation.kind === 'schedule' ? draftOfSchedule(settings.allocation.schedule) : fresh.setSchedule,
    retention: settings.retention.kind,
    retentionDays: settings.retention.kind === 'for' ? String(settings.retention.days) : fresh.retentionDays,
    maxDrives: String(settings.maxDrives),
  };
};

const allocationOf = (draft: PoolDraft): PoolSettings['allocation'] =>
  draft.allocation === 'schedule'
    ? { kind: 'schedule', schedule: scheduleOfDraft(draft.setSchedule) }
    : { kind: draft.allocation };

const retentionOf = (draft: PoolDraft): PoolSettings['retention'] =>
  draft.retention === 'for' ? { kind: 'for', days: wholeNumber(draft.retentionDays) } : { kind: draft.retention };

export const poolSettingsOf = (draft: PoolDraft): PoolSettings => ({
  name: draft.name,
  description: draft.description,
  allocation: allocationOf(draft),
  retention: retentionOf(draft),
  libraryIds: [...draft.libraryIds],
  replenishFromFree: draft.replenishFromFree,
  takeBlank: draft.takeBlank,
  maxDrives: wholeNumber(draft.maxDrives),
  mediaIds: draft.media.map((medium) => medium.id),
});

export const poolProblems = (draft: PoolDraft, takenNames: ReadonlySet<string>): Problem[] => {
  const problems = schemaProblems(poolSettings, poolSettingsOf(draft)).filter(
    (problem) => !problem.field.startsWith('allocation'),
  );
  if (takenNames.has(draft.name.trim().toLowerCase())) problems.push({ field: 'name', message: texts.problems.taken });
  if (draft.allocation === 'schedule') {
    for (const { part, message } of scheduleProblems(draft.setSchedule)) {
      problems.push({ field: `allocation.schedule.${part}`, message });
    }
  }
  return problems;
};

/** When a new set begins, in words. */
export const allocationWords = (draft: PoolDraft): string =>
  draft.allocation === 'schedule'
    ? describeSchedule(scheduleOfDraft(draft.setSchedule))
    : texts.summary[draft.allocation];

/** How long tapes are protected, in words. */
export const protectionWords = (draft: PoolDraft): string =>
  draft.retention === 'for' ? texts.summary.days(draft.retentionDays) : texts.summary.keep[draft.retention];

/** The same pool as a command. */
export const poolCommand = (draft: PoolDraft, libraryNames: readonly string[]): string => {
  const allocation = allocationOf(draft);
  return commandWithOptions(
    'pool create',
    [draft.name],
    [
      ['description', draft.description === '' ? null : draft.description],
      [
        'new-set',
        allocation.kind === 'continue'
          ? 'never'
          : allocation.kind === 'schedule'
            ? scheduleWords(allocation.schedule, (id) => id)
            : null,
      ],
      ['keep', draft.retention === 'for' ? draft.retentionDays : draft.retention],
      ...libraryNames.map((name) => ['library', name] as const),
      ['no-free', !draft.replenishFromFree],
      ['no-blank', !draft.takeBlank],
      ['drives', draft.maxDrives === '1' ? null : draft.maxDrives],
      ...draft.media.map((medium) => ['tape', medium.name] as const),
    ],
  );
};
