import type { ReactElement } from 'react';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import { formatBytes, formatCount } from '../../../shared/domain/format.ts';
import { client } from '../../state/connection.ts';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { FactColumns, FactList } from '../../ui/details-pane.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { exactBytes } from '../../ui/times.ts';
import { PointList } from '../backups/point-list.tsx';
import { countColumn, nameColumn, sizeColumn, statusColumn, textColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { filterOf, type Shown } from '../states.ts';

const stateWords = { available: 'Available', unavailable: 'Not available' } as const;

function shownRepository(repository: RepositoryRow): Shown {
  return {
    shape: repository.state === 'available' ? 'success' : 'failed',
    word: stateWords[repository.state],
    hint: repository.stateText,
  };
}

/** A repository is short of space below a tenth of its size. */
const lowShare = 0.1;

function usedPercent({ capacityBytes, freeBytes }: RepositoryRow): number | null {
  return capacityBytes === null || freeBytes === null || capacityBytes === 0
    ? null
    : (1 - freeBytes / capacityBytes) * 100;
}

const columns: readonly GridColumn<RepositoryRow>[] = [
  nameColumn('name', 'Name', (repository) => repository.name, { widthPx: 180 }),
  nameColumn('path', 'Path', (repository) => repository.path, { widthPx: 240 }),
  statusColumn('state', 'State', shownRepository, { widthPx: 120, filter: filterOf(stateWords) }),
  sizeColumn('capacityBytes', 'Capacity', (repository) => repository.capacityBytes),
  sizeColumn('freeBytes', 'Free', (repository) => repository.freeBytes),
  {
    id: 'usedShare',
    header: 'Used',
    widthPx: 120,
    sortable: false,
    text: (repository) => {
      const percent = usedPercent(repository);
      return percent === null ? '' : `${Math.floor(percent)} %`;
    },
    render: (repository) => {
      const percent = usedPercent(repository);
      return percent === null ? (
        ''
      ) : (
        <ProgressBar
          label={`${repository.name}: used`}
          percent={percent}
          tone={percent > (1 - lowShare) * 100 ? 'warning' : 'normal'}
        />
      );
    },
  },
  sizeColumn('usedBytes', 'Backups', (repository) => repository.usedBytes),
  countColumn('machineCount', 'Machines', (repository) => repository.machineCount, { widthPx: 84 }),
  countColumn('pointCount', 'Points', (repository) => repository.pointCount, { widthPx: 70 }),
  textColumn('description', 'Description', (repository) => repository.description, { hidden: true }),
];

function detailsOf(repository: RepositoryRow): Details {
  return {
    title: repository.name,
    tabs: [
      {
        id: 'summary',
        label: 'Summary',
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: 'State', value: <StatusIcon {...shownRepository(repository)} /> },
                { label: 'Why', value: repository.stateText },
                { label: 'Path', value: repository.path },
                { label: 'Description', value: repository.description },
                {
                  label: 'Mount',
                  value: repository.requireMount ? 'Must be mounted, else nothing is written' : 'Not required',
                },
              ]}
            />
            <FactList
              facts={[
                {
                  label: 'Capacity',
                  value: repository.capacityBytes === null ? null : formatBytes(repository.capacityBytes),
                  hint: exactBytes(repository.capacityBytes),
                },
                {
                  label: 'Free',
                  value: repository.freeBytes === null ? null : formatBytes(repository.freeBytes),
                  hint: exactBytes(repository.freeBytes),
                },
                {
                  label: 'Backups',
                  value: formatBytes(repository.usedBytes),
                  hint: exactBytes(repository.usedBytes),
                },
                {
                  label: 'Restore points',
                  value: `${repository.pointCount}, of ${formatCount(repository.machineCount, 'machine')}`,
                },
              ]}
            />
          </FactColumns>
        ),
      },
      {
        id: 'points',
        label: 'Restore points',
        content: (
          <PointList
            title="Restore points"
            listKey={`points/location/${repository.id}`}
            query={{ locationId: repository.id }}
          />
        ),
      },
    ],
  };
}

/** Where backup files live. */
export const RepositoriesView = (): ReactElement => {
  const selected = rowsOf(
    'repository',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={
        <ListView
          kind="repository"
          title="Repositories"
          listKey="repositories"
          layoutKey="repositories"
          columns={columns}
          topics={['repositories', 'backups']}
          idOf={(repository) => repository.id}
          fetchPage={(request, signal) => client.repositories.list(request, { signal })}
          empty={
            <Empty
              icon="repository"
              title="No repositories yet"
              text="A repository is a folder that backups are written to. Add the first one, and a second on other disks for copies. A folder that holds backups already brings them with it."
              commands={['new.repository', 'sample.create']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)}
    />
  );
};
