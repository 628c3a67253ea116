import type { ReactElement } from 'react';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import { client } from '../../state/connection.ts';
import { useQuery } from '../../state/query.ts';
import { MediaView } from '../media/media-view.tsx';
import { useHere } from '../use-here.ts';
import { detailsOfPool } from './pools-view.tsx';

/** The tapes of one pool; with none selected, the pool itself and which tape it would write next. */
export const PoolView = (props: { poolId: string; name: string; kind: PoolRow['kind'] }): ReactElement => {
  const { poolId, name, kind } = props;
  const { data } = useQuery(`pool/${poolId}`, ['pools', 'media'], (signal) =>
    client.pools.get({ id: poolId }, { signal }),
  );
  useHere('pool', data);
  return (
    <MediaView
      title={name}
      listKey={`media/pool/${poolId}`}
      query={{ poolId }}
      place={kind}
      details={data === null ? null : detailsOfPool(data)}
    />
  );
};
