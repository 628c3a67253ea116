import type { ReactElement } from 'react';
import { type BackupCopySettings, copyMode } from '../../../shared/domain/jobs/backup-copy.ts';
import { catalogue } from '../../say.ts';
import { RadioCards } from '../../ui/wizard/radio-cards.tsx';
import type { JobStep } from '../job-pages/job-step.ts';
import { NameFields } from '../job-pages/name-fields.tsx';
import type { JobDraft } from '../job-pages/settings-draft.ts';
import { texts as jobTexts } from '../job-pages/texts.ts';
import type { WizardHandle } from '../wizard.tsx';

const t = catalogue({
  title: 'Name and Mode',
  intro: 'A name for the job, and when it copies.',
  label: 'Copy mode',
  mode: 'Mode',
  immediate: 'Immediate copy',
  immediateText: 'Copies every new restore point as soon as it appears.',
  periodic: 'Periodic copy',
  periodicText: 'Copies the newest restore point of each machine, at the times you set.',
} as const);

/** The mode is what the schedule says: continuous or at times. The times stay while it is immediate. */
export const modeOf = (draft: JobDraft<BackupCopySettings>) => copyMode(draft);

const NameAndModePage = ({ w }: { w: WizardHandle<JobDraft<BackupCopySettings>> }): ReactElement => (
  <>
    <NameFields w={w} />
    <RadioCards<'immediate' | 'periodic'>
      {...w.bind('mode')}
      label={t.label}
      value={modeOf(w.draft)}
      cards={[
        { value: 'immediate', title: t.immediate, text: t.immediateText },
        { value: 'periodic', title: t.periodic, text: t.periodicText },
      ]}
      onChange={(mode) =>
        w.update({ schedule: { ...w.draft.schedule, kind: mode === 'immediate' ? 'continuous' : 'daily' } })
      }
    />
  </>
);

export const nameAndModeStep: JobStep<BackupCopySettings> = {
  id: 'name',
  title: t.title,
  intro: t.intro,
  fields: ['name', 'description'],
  Page: NameAndModePage,
  summary: (draft) => [
    { term: jobTexts.name, value: draft.name },
    { term: t.mode, value: modeOf(draft) === 'immediate' ? t.immediate : t.periodic },
  ],
};
