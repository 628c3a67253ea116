import type { ReactElement } from 'react';
import type { LibraryRow } from '../../../shared/contract/tape.ts';
import { client } from '../../state/connection.ts';
import { rowsOf } from '../../state/entities.ts';
import { goTo, usePlace } from '../../state/navigation.ts';
import { FactColumns, FactList } from '../../ui/details-pane.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { countColumn, nameColumn, statusColumn, textColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { filterOf, type Shown } from '../states.ts';
import { say } from '../../say.ts';

const stateWords = { online: say('Online'), offline: say('Offline') } as const;

export function shownLibrary(library: LibraryRow): Shown {
  return {
    shape: library.state === 'online' ? 'success' : 'offline',
    word: stateWords[library.state],
    hint: library.stateText,
  };
}

const columns: readonly GridColumn<LibraryRow>[] = [
  nameColumn('name', say('Name'), (library) => library.name, { widthPx: 200 }),
  statusColumn('state', say('State'), shownLibrary, { widthPx: 100, filter: filterOf(stateWords) }),
  textColumn('product', say('Model'), (library) => `${library.vendor} ${library.product}`, { widthPx: 180 }),
  textColumn('serial', say('Serial Number'), (library) => library.serial, { widthPx: 120 }),
  countColumn('driveCount', say('Drives'), (library) => library.driveCount, { widthPx: 70 }),
  countColumn('slotCount', say('Slots'), (library) => library.slotCount, { widthPx: 70 }),
  countColumn('importExportCount', say('Mail Slots'), (library) => library.importExportCount, { widthPx: 84 }),
  countColumn('mediaCount', say('Tapes'), (library) => library.mediaCount, { widthPx: 70 }),
  nameColumn('location', say('Where'), (library) => library.location, { widthPx: 280 }),
];

export function detailsOfLibrary(library: LibraryRow): Details {
  return {
    title: library.name,
    tabs: [
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('State'), value: <StatusIcon {...shownLibrary(library)} /> },
                { label: say('Why'), value: library.stateText },
                { label: say('Model'), value: `${library.vendor} ${library.product}` },
                { label: say('Serial number'), value: library.serial },
                { label: say('Where'), value: library.location },
              ]}
            />
            <FactList
              facts={[
                { label: say('Drives'), value: String(library.driveCount) },
                { label: say('Slots'), value: String(library.slotCount) },
                { label: say('Mail slots'), value: String(library.importExportCount) },
                { label: say('Tapes'), value: String(library.mediaCount) },
              ]}
            />
          </FactColumns>
        ),
      },
    ],
  };
}

/** All tape libraries. */
export const LibrariesView = (): ReactElement => {
  const selected = rowsOf(
    'library',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={
        <ListView
          kind="library"
          title={say('Libraries')}
          listKey="libraries"
          layoutKey="libraries"
          columns={columns}
          topics={['libraries']}
          idOf={(library) => library.id}
          fetchPage={(request, signal) => client.tape.libraries(request, { signal })}
          onOpen={(library) => goTo(`tape/libraries/${library.id}`)}
          empty={
            <Empty
              icon="library"
              title={say('No tape libraries yet')}
              text={say(
                'A virtual library is a whole tape library in a folder: robot, drives and barcoded cartridges. It is a good way to begin, and a real second copy on other disks.',
              )}
              commands={['new.library', 'sample.create']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOfLibrary(only)}
    />
  );
};
