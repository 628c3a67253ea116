import { type ReactElement, useState } from 'react';
import { messageOf } from '../../../shared/domain/message-of.ts';
import { say } from '../../say.ts';
import type { MenuEntry } from '../context-menu.tsx';
import { FormDialog } from '../form-dialog.tsx';
import { MenuButton } from '../menu-button.tsx';
import { type KeptFilter, sameFilter } from './kept-filters.ts';

type Chosen = Pick<KeptFilter, 'search' | 'filters'>;

/** What is kept for a list, and how to change it. */
export interface Saved {
  kept: readonly KeptFilter[];
  onSave: (filter: KeptFilter) => void;
  onRemove: (name: string) => void;
}

/** The search and filters of a list, kept under a name to be chosen again. */
export const SavedFilters = <V extends Chosen>(props: {
  saved: Saved;
  view: V;
  onView: (view: V) => void;
}): ReactElement => {
  const { view, onView } = props;
  const { kept, onSave, onRemove } = props.saved;
  const [naming, setNaming] = useState(false);
  const narrowed = view.search.trim() !== '' || Object.keys(view.filters).length > 0;
  const current = narrowed ? kept.find((one) => sameFilter(one, view)) : undefined;
  const entries: MenuEntry[] = [
    ...kept.map(
      ({ name, search, filters }): MenuEntry => ({
        id: `kept ${name}`,
        label: name,
        group: 'kept',
        checked: name === current?.name,
        run: () => onView({ ...view, search, filters }),
      }),
    ),
    {
      id: 'save',
      label: say('Save this filter…'),
      icon: 'add',
      group: 'change',
      refusal: narrowed ? null : say('Search or filter first.'),
      run: () => setNaming(true),
    },
    ...(current === undefined
      ? []
      : [
          {
            id: 'remove',
            label: say`Remove “${current.name}”`,
            icon: 'delete' as const,
            group: 'change',
            run: () => onRemove(current.name),
          },
        ]),
  ];
  return (
    <>
      <MenuButton label={say('Saved filters')} icon="filter" entries={entries} />
      {naming ? (
        <FormDialog
          title={say('Save this filter')}
          intro={say(
            'It is kept on this computer, stands below this place in the tree, and is offered at every list of this kind.',
          )}
          fields={[{ kind: 'text', name: 'name', label: say('Name'), initial: current?.name ?? view.search.trim() }]}
          lineLabel=""
          submitLabel={say('Save')}
          cancelLabel={say('Cancel')}
          submit={({ name = '' }) => {
            if (name.trim() === '') return Promise.reject(new RangeError(say('Enter a name.')));
            onSave({ name: name.trim(), search: view.search, filters: view.filters });
            return Promise.resolve();
          }}
          problemOf={(error) => ({
            message: messageOf(error),
            advice: null,
            field: 'name',
          })}
          onClose={() => setNaming(false)}
        />
      ) : null}
    </>
  );
};
