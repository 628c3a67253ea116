import type { ReactElement } from 'react';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { client } from '../../state/connection.ts';
import { rowsOf } from '../../state/entities.ts';
import { goTo, usePlace } from '../../state/navigation.ts';
import { poolKindWords } from '../../texts.ts';
import { FactColumns, FactList } from '../../ui/details-pane.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { exactBytes } from '../../ui/times.ts';
import { countColumn, nameColumn, sizeColumn, textColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { filterOf } from '../states.ts';
import { CandidateList } from './candidates.tsx';

const columns: readonly GridColumn<PoolRow>[] = [
  nameColumn('name', 'Name', (pool) => pool.name, { widthPx: 160 }),
  textColumn('kind', 'Type', (pool) => poolKindWords[pool.kind], { widthPx: 110, filter: filterOf(poolKindWords) }),
  countColumn('mediaCount', 'Tapes', (pool) => pool.mediaCount, { widthPx: 70 }),
  countColumn('onlineCount', 'Online', (pool) => pool.onlineCount, { widthPx: 70 }),
  sizeColumn('usedBytes', 'Used', (pool) => pool.usedBytes),
  sizeColumn('freeBytes', 'Free', (pool) => pool.freeBytes),
  textColumn('nextTape', 'Next Tape', (pool) => pool.nextTape, { widthPx: 110, sortable: false }),
  textColumn('allocationText', 'Media Sets', (pool) => pool.allocationText, { widthPx: 200, sortable: false }),
  textColumn('retentionText', 'Retention', (pool) => pool.retentionText, { widthPx: 180, sortable: false }),
  textColumn('description', 'Description', (pool) => pool.description, { hidden: true }),
];

export function detailsOfPool(pool: PoolRow): Details {
  const summary = {
    id: 'summary',
    label: 'Summary',
    content: (
      <FactColumns>
        <FactList
          facts={[
            { label: 'Type', value: poolKindWords[pool.kind] },
            { label: 'Description', value: pool.description },
            { label: 'Media sets', value: pool.allocationText },
            { label: 'Retention', value: pool.retentionText },
            { label: 'Next tape', value: pool.nextTape },
          ]}
        />
        <FactList
          facts={[
            { label: 'Tapes', value: `${pool.mediaCount}, ${pool.onlineCount} of them online` },
            { label: 'Used', value: formatBytes(pool.usedBytes), hint: exactBytes(pool.usedBytes) },
            { label: 'Free', value: formatBytes(pool.freeBytes), hint: exactBytes(pool.freeBytes) },
          ]}
        />
      </FactColumns>
    ),
  };
  return {
    title: pool.name,
    tabs:
      pool.kind === 'custom'
        ? [summary, { id: 'candidates', label: 'Next tape, and why', content: <CandidateList poolId={pool.id} /> }]
        : [summary],
  };
}

/** All media pools: the service pools and your own. */
export const PoolsView = (): ReactElement => {
  const selected = rowsOf(
    'pool',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={
        <ListView
          kind="pool"
          title="Media Pools"
          listKey="pools"
          layoutKey="pools"
          columns={columns}
          topics={['pools', 'media']}
          idOf={(pool) => pool.id}
          fetchPage={(request, signal) => client.pools.list(request, { signal })}
          onOpen={(pool) => goTo(`tape/pools/${pool.id}`)}
          empty={
            <Empty
              icon="pool"
              title="No media pools"
              text="A media pool is a group of tapes with one rule for how long what is on them is kept."
              commands={['new.pool']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOfPool(only)}
    />
  );
};
