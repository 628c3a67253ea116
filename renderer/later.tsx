import { type ComponentType, lazy, type ReactElement, useState } from 'react';

const loads: (() => Promise<unknown>)[] = [];

/**
 * A component whose code the first picture can do without: as with `lazy`, to stand in a `Suspense`. Once its code is
 * there it is drawn at once, where `lazy` would still wait a turn.
 */
export function later<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): (props: Props) => ReactElement {
  let there: ComponentType<Props> | null = null;
  const fetched = async (): Promise<{ default: ComponentType<Props> }> => {
    const code = await load();
    there = code.default;
    return code;
  };
  loads.push(fetched);
  const Lazy: ComponentType<Props> = lazy(fetched);
  return function Later(props) {
    // The same for as long as it is on show: another one would begin anew.
    const [Shown] = useState(() => there ?? Lazy);
    return <Shown {...props} />;
  };
}

const fallbackIdleMs = 200;
const idleLimitMs = 5_000;

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: idleLimitMs });
    else setTimeout(resolve, fallbackIdleMs);
  });
}

/**
 * Loads the code of everything that comes later, one part in each idle moment. From then on nothing is asked of the
 * server but data: an update of it, or its absence, leaves an open console whole.
 */
export async function fetchLater(): Promise<void> {
  for (const load of loads.splice(0)) {
    await idle();
    // What cannot be loaded says so where it is wanted.
    await load().catch(() => undefined);
  }
}
