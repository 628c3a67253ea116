import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import { catalogue } from '../../say.ts';
import type { WizardHandle } from '../wizard.tsx';
import type { JobStep } from './job-step.ts';
import { NameFields } from './name-fields.tsx';

const t = catalogue({ title: 'Name' } as const);

interface Named {
  name: string;
  description: string;
}

/** The first page of a job wizard. */
export const nameStep = <Settings extends JobSettings>(intro: string): JobStep<Settings> => ({
  id: 'name',
  title: t.title,
  intro,
  fields: ['name', 'description'],
  Page: ({ w }) => <NameFields w={w as unknown as WizardHandle<Named>} />,
  summary: (draft) => [{ term: t.title, value: draft.name as string }],
});
