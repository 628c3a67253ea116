import { firstNode, formatHash, parseHash, usePlace } from './navigation.ts';
import { useSessionWindow } from './session-windows.ts';

function currentHash(): string {
  const { node, filter, main, wanted } = usePlace.getState();
  const only = main !== null && main.rows.length === 1 ? main.rows[0] : undefined;
  const id = only === undefined ? wanted : 'id' in only ? String(only.id) : String(only.address);
  return formatHash({ node, filter, select: id, session: useSessionWindow.getState().sessionId });
}

function follow(): void {
  const { node, filter, select, session } = parseHash(location.hash);
  usePlace.setState({ node, filter, wanted: select, here: null, main: null, detail: null });
  useSessionWindow.setState({ sessionId: session });
}

/**
 * Keeps the address and the place in step: going to a node is a step of the browser's history, selecting is not. Returns
 * the way to stop.
 */
export function linkPlaceToAddress(): () => void {
  if (location.hash === '') usePlace.setState({ node: firstNode });
  else follow();
  const write = (): void => {
    const hash = currentHash();
    if (hash === location.hash) return;
    const [before, after] = [parseHash(location.hash), parseHash(hash)];
    const stays = after.node === before.node && after.filter === before.filter;
    if (stays) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  };
  write();
  const stopPlace = usePlace.subscribe(write);
  const stopWindow = useSessionWindow.subscribe(write);
  addEventListener('popstate', follow);
  return () => {
    stopPlace();
    stopWindow();
    removeEventListener('popstate', follow);
  };
}
