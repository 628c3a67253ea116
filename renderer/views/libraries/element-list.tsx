import { type ReactElement, type ReactNode, useMemo } from 'react';
import { type LibraryElement, selectedOf } from '../../state/entities.ts';
import { selectMain } from '../../state/navigation.ts';
import { mediaStateWords } from '../../texts.ts';
import type { MenuEntry } from '../../ui/context-menu.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { nameColumn, statusColumn, textColumn } from '../column-kinds.tsx';
import { LocalList } from '../local-list.tsx';
import { filterOf, type Shown, shownMedium } from '../states.ts';
import { say } from '../../say.ts';

const typeWords = {
  transport: say('Robot'),
  slot: say('Slot'),
  'import-export': say('Mail slot'),
  drive: say('Drive'),
} as const;

/** The state of the cartridge there; of an empty place none. */
function shownState({ mediaState }: LibraryElement): Shown {
  if (mediaState === null || !Object.hasOwn(mediaStateWords, mediaState)) {
    return { shape: 'none', word: mediaState ?? '' };
  }
  return shownMedium({ state: mediaState as keyof typeof mediaStateWords, stateReason: '' });
}

const columns: readonly GridColumn<LibraryElement>[] = [
  nameColumn('name', say('Place'), (element) => element.name, { widthPx: 120 }),
  textColumn('type', say('Type'), (element) => typeWords[element.type], { widthPx: 90, filter: filterOf(typeWords) }),
  textColumn('address', say('Address'), (element) => String(element.address), { widthPx: 80 }),
  textColumn(
    'barcode',
    say('Barcode'),
    (element) => (element.full ? (element.barcode ?? say('No barcode')) : say('Empty')),
    {
      widthPx: 120,
    },
  ),
  textColumn('poolName', say('Media Pool'), (element) => element.poolName, { widthPx: 130 }),
  statusColumn('mediaState', say('State'), shownState, { widthPx: 100 }),
  textColumn('busyWith', say('Used By'), (element) => element.busyWith, { widthPx: 180 }),
  textColumn(
    'accessible',
    say('Reachable'),
    (element) => (element.accessible ? say('Yes') : element.type === 'drive' ? say('Loaded') : say('No')),
    { widthPx: 96 },
  ),
  textColumn('problem', say('Problem'), (element) => element.problem, { widthPx: 260 }),
];

/** What the picture of a library shows, in words. */
export const ElementList = (props: {
  title: string;
  elements: readonly LibraryElement[];
  chosen: LibraryElement | undefined;
  onOpen: (element: LibraryElement) => void;
  menu: readonly MenuEntry[];
  toolbar: ReactNode;
}): ReactElement => {
  const selection = useMemo(
    () => new Map(props.chosen === undefined ? [] : [[String(props.chosen.address), props.chosen]]),
    [props.chosen],
  );
  return (
    <LocalList
      title={props.title}
      headingLevel={2}
      layoutKey="elements"
      columns={columns}
      rows={props.elements}
      idOf={(element) => String(element.address)}
      selection={selection}
      onSelection={(next) => selectMain(selectedOf('element', [...next.values()].slice(-1)))}
      onOpen={props.onOpen}
      menu={props.menu}
      toolbar={props.toolbar}
      empty={
        <EmptyState
          icon="library"
          title={say('Nothing here')}
          text={say('The library reports no places.')}
          actions={[]}
        />
      }
    />
  );
};
