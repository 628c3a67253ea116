import { useMemo } from 'react';
import { useConnection } from '../state/connection.ts';
import { useHost } from '../state/host-context.ts';
import { usePlace } from '../state/navigation.ts';
import { useOverview } from '../state/overview.ts';
import { connectionTexts } from '../texts.ts';
import type { CommandContext } from './command.ts';

/** What commands look at, now. */
export function useCommandContext(): CommandContext {
  const host = useHost();
  const node = usePlace((state) => state.node);
  const here = usePlace((state) => state.here);
  const main = usePlace((state) => state.main);
  const detail = usePlace((state) => state.detail);
  const overview = useOverview((state) => state.overview);
  const online = useConnection((state) => state.phase === 'online');
  return useMemo(
    () => ({ host, node, here, main, detail, overview, away: online ? null : connectionTexts.awayRefusal }),
    [host, node, here, main, detail, overview, online],
  );
}
