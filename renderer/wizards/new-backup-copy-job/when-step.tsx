import { backupCopy, type BackupCopySettings } from '../../../shared/domain/jobs/backup-copy.ts';
import { catalogue } from '../../say.ts';
import { Note } from '../../ui/wizard/layout.tsx';
import type { JobStep } from '../job-pages/job-step.ts';
import { RetryFields, ScheduleFields, scheduleSummary } from '../job-pages/schedule-step.tsx';
import { modeOf } from './name-and-mode-step.tsx';

const t = catalogue({
  title: 'Schedule',
  introImmediate: 'In immediate mode the job always runs and copies what appears.',
  introPeriodic: 'When the job copies the newest restore points.',
  continuous: 'Nothing to set here: the job copies continuously. It can be disabled and enabled in the job list.',
} as const);

const times = backupCopy.schedules.filter((kind) => kind !== 'continuous');

/** Times for a periodic copy; an immediate one has none. */
export const whenStep: JobStep<BackupCopySettings> = {
  id: 'schedule',
  title: t.title,
  intro: (draft) => (modeOf(draft) === 'immediate' ? t.introImmediate : t.introPeriodic),
  fields: ['schedule', 'retry'],
  Page: ({ w, facts }) =>
    modeOf(w.draft) === 'immediate' ? (
      <>
        <Note intent="info">{t.continuous}</Note>
        <RetryFields w={w} />
      </>
    ) : (
      <ScheduleFields w={w} facts={facts} kinds={times} />
    ),
  summary: (draft, facts) => [scheduleSummary(draft.schedule, facts)],
};
