import { openDialog } from '../state/dialogs.ts';
import { forgetFilter, renameFilter, useKeptFilters } from '../state/kept-filters.ts';
import { goTo, usePlace } from '../state/navigation.ts';
import type { MenuEntry } from '../ui/context-menu.tsx';
import { say } from '../say.ts';

/** The menu of a kept filter in the tree. */
export function keptFilterEntries(node: string, name: string): MenuEntry[] {
  const { lists } = useKeptFilters.getState();
  const list = Object.keys(lists).find((key) => lists[key]?.some((one) => one.node === node && one.name === name));
  if (list === undefined) return [];
  const isHere = (): boolean => usePlace.getState().node === node && usePlace.getState().filter === name;
  return [
    {
      id: 'filter.rename',
      label: say('Rename…'),
      icon: 'edit',
      run: () =>
        openDialog({
          title: say`Rename the filter “${name}”`,
          intro: say('A filter of the same list that has this name already is replaced.'),
          fields: [{ kind: 'text', name: 'name', label: say('Name'), initial: name }],
          submitLabel: say('Rename'),
          submit: ({ name: entered = '' }) => {
            const to = entered.trim();
            if (to === '') return Promise.reject(new RangeError(say('Enter a name.')));
            const here = isHere();
            renameFilter(list, name, to);
            if (here) goTo(node, null, to);
            return Promise.resolve();
          },
        }),
    },
    {
      id: 'filter.remove',
      label: say`Remove “${name}”`,
      icon: 'delete',
      run: () => {
        if (isHere()) goTo(node);
        forgetFilter(list, name);
      },
    },
  ];
}
