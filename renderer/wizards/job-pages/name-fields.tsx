import type { ReactElement } from 'react';
import { TextAreaField, TextField } from '../../ui/wizard/fields.tsx';
import type { WizardHandle } from '../wizard.tsx';
import { texts as t } from './texts.ts';

interface Named {
  name: string;
  description: string;
}

/** Name and description, as on the first page of every wizard. */
export function NameFields<Draft extends Named>({ w }: { w: WizardHandle<Draft> }): ReactElement {
  const update = (patch: Partial<Named>) => w.update(patch as Partial<Draft>);
  return (
    <>
      <TextField
        {...w.bind('name')}
        label={t.name}
        required
        value={w.draft.name}
        onChange={(name) => update({ name })}
      />
      <TextAreaField
        {...w.bind('description')}
        label={t.description}
        value={w.draft.description}
        onChange={(description) => update({ description })}
      />
    </>
  );
}
