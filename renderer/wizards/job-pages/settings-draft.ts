import { z } from 'zod';
import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { JobKindRules } from '../../../shared/domain/jobs/kind.ts';
import {
  type BackupSelection,
  backupSelection,
  type RetentionRule,
  retention,
  type Retry,
  retry,
  type Schedule,
  schedule,
  type SourceMachine,
  sourceMachine,
} from '../../../shared/domain/jobs/shapes.ts';
import type { RetentionDraft } from '../../ui/wizard/retention-field.tsx';
import { draftOfSchedule, type ScheduleDraft, scheduleOfDraft, wholeNumber } from '../../ui/wizard/schedule-draft.ts';
import { type MachineDraft, machineOf, machineDraftOf } from './machine-draft.ts';
import { selectionOf, type SourcesDraft } from './sources-draft.ts';

/** How failed runs are tried again; the numbers stay while it is off. */
export interface RetryDraft {
  on: boolean;
  count: string;
  waitMinutes: string;
}

/** What may be switched off; its value stays meanwhile. */
export interface Switched<Draft> {
  on: boolean;
  value: Draft;
}

/**
 * A setting while it is edited. Numbers are the texts that were typed, an optional id is empty where there is none, and
 * what has several forms keeps those that are not shown.
 */
type DraftOf<T> = [T] extends [Schedule]
  ? ScheduleDraft
  : [T] extends [Schedule | null]
    ? Switched<ScheduleDraft>
    : [T] extends [RetentionRule]
      ? RetentionDraft
      : [T] extends [Retry]
        ? RetryDraft
        : [T] extends [BackupSelection]
          ? SourcesDraft
          : [T] extends [SourceMachine[]]
            ? readonly MachineDraft[]
            : [T] extends [number]
              ? string
              : T;

export type SettingsDraft<Settings> = { [Field in keyof Settings]-?: DraftOf<Settings[Field]> };
/** What a job wizard edits. */
export type JobDraft<Settings> = SettingsDraft<Settings> & { runNow: boolean };

/** How settings of one shape are edited; `usual`: what the field has by default. */
interface Form<T, Draft> {
  open(value: T, usual: T): Draft;
  close(draft: Draft): T;
}

const forms = new Map<z.core.$ZodType, Form<never, never>>();
const edited = <T, Draft>(shape: z.ZodType<T>, form: Form<T, Draft>): Form<T, Draft> => {
  forms.set(shape, form as Form<never, never>);
  return form;
};

const scheduleForm = edited<Schedule, ScheduleDraft>(schedule, { open: draftOfSchedule, close: scheduleOfDraft });
edited<RetentionRule, RetentionDraft>(retention, {
  open: (rule) =>
    rule.kind === 'points'
      ? { kind: 'points', amount: String(rule.count) }
      : { kind: 'days', amount: String(rule.days) },
  close: ({ kind, amount }) =>
    kind === 'points' ? { kind, count: wholeNumber(amount) } : { kind, days: wholeNumber(amount) },
});
edited<Retry, RetryDraft>(retry, {
  open: ({ count, waitMinutes }, usual) => ({
    on: count > 0,
    count: String(count > 0 ? count : usual.count),
    waitMinutes: String(waitMinutes),
  }),
  close: ({ on, count, waitMinutes }) =>
    on
      ? { count: wholeNumber(count), waitMinutes: wholeNumber(waitMinutes) }
      : { count: 0, waitMinutes: wholeNumber(waitMinutes) || 10 },
});
edited<BackupSelection, SourcesDraft>(backupSelection, {
  open: ({ jobIds, repositoryIds, excludedMachineIds }) => ({
    jobs: jobIds.map((id) => ({ id, name: id })),
    repositories: repositoryIds.map((id) => ({ id, name: id })),
    excluded: excludedMachineIds.map((id) => ({ id, name: id })),
  }),
  close: selectionOf,
});
edited<SourceMachine, MachineDraft>(sourceMachine, { open: machineDraftOf, close: machineOf });

const number: Form<number, string> = {
  open: String,
  close: wholeNumber,
};
const optionalText: Form<string | undefined, string> = {
  open: (text) => text ?? '',
  close: (text) => (text === '' ? undefined : text),
};
const asItIs: Form<unknown, unknown> = { open: (value) => value, close: (value) => value };

function formOf(shape: z.core.$ZodType): Form<never, never> {
  const known = forms.get(shape);
  if (known !== undefined) return known;
  if (shape instanceof z.ZodDefault) return formOf(shape.unwrap());
  if (shape instanceof z.ZodNullable) return switched(formOf(shape.unwrap()), shape.unwrap());
  if (shape instanceof z.ZodOptional) return optionalText as Form<never, never>;
  if (shape instanceof z.ZodArray) return several(formOf(shape.element));
  const isNumber =
    shape instanceof z.ZodNumber ||
    (shape instanceof z.ZodUnion &&
      shape.options.every((one) => one instanceof z.ZodLiteral && typeof one.value === 'number'));
  return (isNumber ? number : asItIs) as Form<never, never>;
}

function switched<T>(form: Form<T, unknown>, shape: z.core.$ZodType): Form<never, never> {
  const blank = shape === schedule ? scheduleForm.open({ kind: 'manual' }, { kind: 'manual' }) : undefined;
  return {
    open: (value: T | null, usual: T | null) => {
      const shown = value ?? usual;
      return { on: value !== null, value: shown === null ? blank : form.open(shown, shown) };
    },
    close: ({ on, value }: Switched<unknown>) => (on ? form.close(value) : null),
  } as unknown as Form<never, never>;
}

function several<T>(form: Form<T, unknown>): Form<never, never> {
  return {
    open: (values: T[]) => values.map((value) => form.open(value, value)),
    close: (drafts: unknown[]) => drafts.map((draft) => form.close(draft)),
  } as unknown as Form<never, never>;
}

/** What a field has when nothing is said about it: its default, or nothing of its kind. */
function usualOf(shape: z.core.$ZodType): unknown {
  if (shape instanceof z.ZodDefault) return shape.parse(undefined);
  if (shape instanceof z.ZodLiteral) return shape.value;
  if (shape instanceof z.ZodOptional) return undefined;
  if (shape instanceof z.ZodArray) return [];
  return shape === backupSelection ? backupSelection.parse({}) : '';
}

type Rules<Settings> = Pick<JobKindRules<Settings>, 'schema' | 'normalise'>;
type Fields = Record<string, unknown>;

/** Settings, opened for editing. */
export function draftOf<Settings extends JobSettings>(rules: Rules<Settings>, settings: Settings): JobDraft<Settings> {
  const given: Fields = settings;
  const draft: Fields = { runNow: false };
  for (const [field, shape] of Object.entries(rules.schema.shape)) {
    draft[field] = formOf(shape).open(given[field] as never, usualOf(shape) as never);
  }
  return draft as JobDraft<Settings>;
}

/** A new job: every default of its rules, and what is known beforehand. */
export function newDraft<Settings extends JobSettings>(
  rules: Rules<Settings>,
  given: Partial<Settings>,
): JobDraft<Settings> {
  const usual = Object.fromEntries(
    Object.entries(rules.schema.shape).map(([field, shape]) => [field, usualOf(shape)] as const),
  );
  return draftOf(rules, { ...usual, ...given } as Settings);
}

/** What is sent to the engine. Numbers that are none come out as NaN, which the schema refuses. */
export function settingsOf<Settings extends JobSettings>(
  rules: Rules<Settings>,
  draft: SettingsDraft<Settings>,
): Settings {
  const given = draft as Fields;
  const settings: Fields = {};
  for (const [field, shape] of Object.entries(rules.schema.shape)) {
    const value = formOf(shape).close(given[field] as never);
    if (value !== undefined) settings[field] = value;
  }
  return settings as Settings;
}

/** Fields that are schedules, with what is being edited of each; null where it is switched off. */
export function schedulesIn<Settings extends JobSettings>(
  rules: Rules<Settings>,
  draft: SettingsDraft<Settings>,
): [field: string, draft: ScheduleDraft | null][] {
  const given = draft as Fields;
  return Object.entries(rules.schema.shape).flatMap(([field, shape]): [string, ScheduleDraft | null][] => {
    const inner = shape instanceof z.ZodDefault ? shape.unwrap() : shape;
    if (inner === schedule) return [[field, given[field] as ScheduleDraft]];
    if (!(inner instanceof z.ZodNullable) || inner.unwrap() !== schedule) return [];
    const { on, value } = given[field] as Switched<ScheduleDraft>;
    return [[field, on ? value : null]];
  });
}
