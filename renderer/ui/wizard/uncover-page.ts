import { useEffect } from 'react';

/**
 * An open dialog hides the page behind it from screen readers. When everything goes away at once (the console asks for
 * a sign-in while a dialog is open) the component library's focus manager goes too and takes nothing back: the sign-in
 * page would stay hidden. Whoever uses this sees to it when it is unmounted itself.
 */
export const useUncoverPage = (): void => {
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
        for (const element of document.body.children) element.removeAttribute('aria-hidden');
      }, 0);
    },
    [],
  );
};
