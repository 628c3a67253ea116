import type { PoolRow } from '../../../shared/contract/tape.ts';
import { type Answer, useAnswer } from '../engine.ts';

/** The media pools that jobs can write to. */
export const usePools = (): Answer<readonly PoolRow[]> =>
  useAnswer('wizard pools', ['pools', 'media'], async (engine, signal) => {
    const list = await engine.pools.list({ limit: 1000, sort: { by: 'name', direction: 'asc' } }, { signal });
    return list.rows.filter((pool) => pool.kind === 'custom');
  });
