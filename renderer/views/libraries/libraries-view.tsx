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

const stateWords = { online: 'Online', offline: 'Offline' } as const;

export function shownLibrary(library: LibraryRow): Shown {
  return {
    shape: library.state === 'online' ? 'success' : 'offline',
    word: stateWords[library.state],
    hint: library.stateText,
  };
}

const columns: readonly GridColumn<LibraryRow>[] = [
  nameColumn('name', 'Name', (library) => library.name, { widthPx: 200 }),
  statusColumn('state', 'State', shownLibrary, { widthPx: 100, filter: filterOf(stateWords) }),
  textColumn('product', 'Model', (library) => `${library.vendor} ${library.product}`, { widthPx: 180 }),
  textColumn('serial', 'Serial Number', (library) => library.serial, { widthPx: 120 }),
  countColumn('driveCount', 'Drives', (library) => library.driveCount, { widthPx: 70 }),
  countColumn('slotCount', 'Slots', (library) => library.slotCount, { widthPx: 70 }),
  countColumn('importExportCount', 'Mail Slots', (library) => library.importExportCount, { widthPx: 84 }),
  countColumn('mediaCount', 'Tapes', (library) => library.mediaCount, { widthPx: 70 }),
  nameColumn('location', 'Where', (library) => library.location, { widthPx: 280 }),
];

export function detailsOfLibrary(library: LibraryRow): Details {
  return {
    title: library.name,
    tabs: [
      {
        id: 'summary',
        label: 'Summary',
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: 'State', value: <StatusIcon {...shownLibrary(library)} /> },
                { label: 'Why', value: library.stateText },
                { label: 'Model', value: `${library.vendor} ${library.product}` },
                { label: 'Serial number', value: library.serial },
                { label: 'Where', value: library.location },
              ]}
            />
            <FactList
              facts={[
                { label: 'Drives', value: String(library.driveCount) },
                { label: 'Slots', value: String(library.slotCount) },
                { label: 'Mail slots', value: String(library.importExportCount) },
                { label: 'Tapes', value: String(library.mediaCount) },
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
          title="Libraries"
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
              title="No tape libraries yet"
              text="A virtual library is a whole tape library in a folder: robot, drives and barcoded cartridges. It is a good way to begin, and a real second copy on other disks."
              commands={['new.library', 'sample.create']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOfLibrary(only)}
    />
  );
};
