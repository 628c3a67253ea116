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
      const giveBack = () => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      };
      // At once, so that the next key is not lost; and again when the rest of the closing has been done.
      giveBack();
      setTimeout(giveBack, 0);
    },
    [before],
  );
};
