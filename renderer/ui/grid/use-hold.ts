import { useEffect, useRef } from 'react';

const holdIdleMs = 1500;

/**
 * Asks that rows keep their places while someone points at them (for a moment after the pointer last moved) or has a
 * menu open on them.
 */
export function useHold(
  onHold: (held: boolean) => void,
  menuIsOpen: boolean,
): { touch: () => void; release: () => void } {
  const holding = useRef<ReturnType<typeof setTimeout> | null>(null);
  const release = (): void => {
    if (holding.current !== null) clearTimeout(holding.current);
    holding.current = null;
    onHold(false);
  };
  const touch = (): void => {
    if (holding.current !== null) clearTimeout(holding.current);
    else onHold(true);
    holding.current = setTimeout(release, holdIdleMs);
  };
  useEffect(() => () => clearTimeout(holding.current ?? undefined), []);
  useEffect(() => {
    if (menuIsOpen) onHold(true);
    else if (holding.current === null) onHold(false);
  }, [menuIsOpen, onHold]);
  return { touch, release };
}
