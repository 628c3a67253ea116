import { jobProblems, type JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { JobFacts, JobKindRules } from '../../../shared/domain/jobs/kind.ts';
import { scheduleProblems } from '../../ui/wizard/schedule-draft.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import { schedulesIn, type SettingsDraft, settingsOf } from './settings-draft.ts';

/**
 * Everything wrong with a job being edited: what the schema refuses, and what the engine would, by the same rules. The parts
 * of schedules have words of their own (a union's message says nothing), and a wrong retention number is on its one field.
 */
export function draftProblems<Settings extends JobSettings>(
  rules: Pick<JobKindRules<Settings>, 'schema' | 'normalise'>,
  draft: SettingsDraft<Settings>,
  facts: JobFacts,
): Problem[] {
  const settings = settingsOf(rules, draft);
  const schedules = schedulesIn(rules, draft);
  const isOfSchedule = (name: string): boolean =>
    schedules.some(([field]) => name === field || name.startsWith(`${field}.`));
  const refused = schemaProblems(rules.schema, settings)
    .filter(({ field }) => !isOfSchedule(field))
    .map((problem) => (problem.field.startsWith('retention.') ? { ...problem, field: 'retention' } : problem));
  const times = schedules.flatMap(([field, schedule]) =>
    schedule === null
      ? []
      : scheduleProblems(schedule).map(({ part, message }) => ({ field: `${field}.${part}`, message })),
  );
  const ruled = jobProblems(settings, facts)
    .filter(({ field }) => !refused.some((problem) => problem.field === field))
    .map(({ field, message, advice }) => ({ field, message: `${message} ${advice}` }));
  return [...refused, ...times, ...ruled];
}
