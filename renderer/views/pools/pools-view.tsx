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
import { say } from '../../say.ts';

const columns: readonly GridColumn<PoolRow>[] = [
  nameColumn('name', say('Name'), (pool) => pool.name, { widthPx: 160 }),
  textColumn('kind', say('Type'), (pool) => poolKindWords[pool.kind], {
    widthPx: 110,
    filter: filterOf(poolKindWords),
  }),
  countColumn('mediaCount', say('Tapes'), (pool) => pool.mediaCount, { widthPx: 70 }),
  countColumn('onlineCount', say('Online'), (pool) => pool.onlineCount, { widthPx: 70 }),
  sizeColumn('usedBytes', say('Used'), (pool) => pool.usedBytes),
  sizeColumn('freeBytes', say('Free'), (pool) => pool.freeBytes),
  textColumn('nextTape', say('Next Tape'), (pool) => pool.nextTape, { widthPx: 110, sortable: false }),
  textColumn('allocationText', say('Media Sets'), (pool) => pool.allocationText, { widthPx: 200, sortable: false }),
  textColumn('retentionText', say('Retention'), (pool) => pool.retentionText, { widthPx: 180, sortable: false }),
  textColumn('description', say('Description'), (pool) => pool.description, { hidden: true }),
];

export function detailsOfPool(pool: PoolRow): Details {
  const summary = {
    id: 'summary',
    label: say('Summary'),
    content: (
      <FactColumns>
        <FactList
          facts={[
            { label: say('Type'), value: poolKindWords[pool.kind] },
            { label: say('Description'), value: pool.description },
            { label: say('Media sets'), value: pool.allocationText },
            { label: say('Retention'), value: pool.retentionText },
            { label: say('Next tape'), value: pool.nextTape },
          ]}
        />
        <FactList
          facts={[
            { label: say('Tapes'), value: say`${pool.mediaCount}, ${pool.onlineCount} of them online` },
            { label: say('Used'), value: formatBytes(pool.usedBytes), hint: exactBytes(pool.usedBytes) },
            { label: say('Free'), value: formatBytes(pool.freeBytes), hint: exactBytes(pool.freeBytes) },
          ]}
        />
      </FactColumns>
    ),
  };
  return {
    title: pool.name,
    tabs:
      pool.kind === 'custom'
        ? [summary, { id: 'candidates', label: say('Next tape, and why'), content: <CandidateList poolId={pool.id} /> }]
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
          title={say('Media Pools')}
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
              title={say('No media pools')}
              text={say('A media pool is a group of tapes with one rule for how long what is on them is kept.')}
              commands={['new.pool']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOfPool(only)}
    />
  );
};
