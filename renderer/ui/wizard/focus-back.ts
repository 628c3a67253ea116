import { useEffect, useState } from 'react';

/**
 * When what uses this goes away and takes the focus with it, the focus returns to where it was before: a dialog over
 * a wizard gives it back to the button that opened it.
 */
export const useFocusBack = (): void => {
  // Asked while first rendering: by the time effects run, what opens has taken the focus.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Later: what is being removed still has the focus now.
      setTimeout(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      }, 0);
    },
    [before],
  );
};
