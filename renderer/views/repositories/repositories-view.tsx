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
import { say } from '../../say.ts';

const stateWords = { available: say('Available'), unavailable: say('Not available') } as const;

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
  nameColumn('name', say('Name'), (repository) => repository.name, { widthPx: 180 }),
  nameColumn('path', say('Path'), (repository) => repository.path, { widthPx: 240 }),
  statusColumn('state', say('State'), shownRepository, { widthPx: 120, filter: filterOf(stateWords) }),
  sizeColumn('capacityBytes', say('Capacity'), (repository) => repository.capacityBytes),
  sizeColumn('freeBytes', say('Free'), (repository) => repository.freeBytes),
  {
    id: 'usedShare',
    header: say('Used'),
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
          label={say`${repository.name}: used`}
          percent={percent}
          tone={percent > (1 - lowShare) * 100 ? 'warning' : 'normal'}
        />
      );
    },
  },
  sizeColumn('usedBytes', say('Backups'), (repository) => repository.usedBytes),
  countColumn('machineCount', say('Machines'), (repository) => repository.machineCount, { widthPx: 84 }),
  countColumn('pointCount', say('Points'), (repository) => repository.pointCount, { widthPx: 70 }),
  textColumn('description', say('Description'), (repository) => repository.description, { hidden: true }),
];

function detailsOf(repository: RepositoryRow): Details {
  return {
    title: repository.name,
    tabs: [
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('State'), value: <StatusIcon {...shownRepository(repository)} /> },
                { label: say('Why'), value: repository.stateText },
                { label: say('Path'), value: repository.path },
                { label: say('Description'), value: repository.description },
                {
                  label: say('Mount'),
                  value: repository.place.requireMount
                    ? say('Must be mounted, else nothing is written')
                    : say('Not required'),
                },
              ]}
            />
            <FactList
              facts={[
                {
                  label: say('Capacity'),
                  value: repository.capacityBytes === null ? null : formatBytes(repository.capacityBytes),
                  hint: exactBytes(repository.capacityBytes),
                },
                {
                  label: say('Free'),
                  value: repository.freeBytes === null ? null : formatBytes(repository.freeBytes),
                  hint: exactBytes(repository.freeBytes),
                },
                {
                  label: say('Backups'),
                  value: formatBytes(repository.usedBytes),
                  hint: exactBytes(repository.usedBytes),
                },
                {
                  label: say('Restore points'),
                  value: say`${repository.pointCount}, of ${formatCount(repository.machineCount, say('machine'))}`,
                },
              ]}
            />
          </FactColumns>
        ),
      },
      {
        id: 'points',
        label: say('Restore points'),
        content: (
          <PointList
            title={say('Restore points')}
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
          title={say('Repositories')}
          listKey="repositories"
          layoutKey="repositories"
          columns={columns}
          topics={['repositories', 'backups']}
          idOf={(repository) => repository.id}
          fetchPage={(request, signal) => client.repositories.list(request, { signal })}
          empty={
            <Empty
              icon="repository"
              title={say('No repositories yet')}
              text={say(
                'A repository is a folder that backups are written to. Add the first one, and a second on other disks for copies. A folder that holds backups already brings them with it.',
              )}
              commands={['new.repository', 'sample.create']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)}
    />
  );
};
