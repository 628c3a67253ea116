import type { ReactElement } from 'react';
import { client } from '../../state/connection.ts';
import { useQuery } from '../../state/query.ts';
import { MediaView } from '../media/media-view.tsx';
import { useHere } from '../use-here.ts';
import { detailsOfPool } from './pools-view.tsx';

/** The tapes of one pool; with none selected, the pool itself and which tape it would write next. */
export const PoolView = ({ poolId, name }: { poolId: string; name: string }): ReactElement => {
  const { data } = useQuery(`pool/${poolId}`, ['pools', 'media'], (signal) =>
    client.pools.get({ id: poolId }, { signal }),
  );
  useHere('pool', data);
  return (
    <MediaView
      title={name}
      listKey={`media/pool/${poolId}`}
      query={{ poolId }}
      details={data === null ? null : detailsOfPool(data)}
    />
  );
};
