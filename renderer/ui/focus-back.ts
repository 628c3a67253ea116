import { useEffect, useState } from 'react';

/** What lies over the page for a while, and where the component library only hands the focus on. */
const passing = '[role="dialog"],[role="alertdialog"],[role="menu"],[data-tabster-dummy]';
const dialogs = '[role="dialog"],[role="alertdialog"]';

/** Where the focus was last on the page itself, below everything that opens over it. */
let lastOnPage: HTMLElement | null = null;
/** The tree that it was in. */
let lastTree: Element | null = null;

/** Begins to remember where on the page the focus is; once, for as long as the page lives. */
export function rememberFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement) || target.closest(passing) !== null) return;
    lastOnPage = target;
    lastTree = target.closest('[role="tree"]');
  });
}

/** Whether the focus can go there: it is in the page, on show, and not behind a dialog that is open. */
function canTakeFocus(element: Element | null): element is HTMLElement {
  if (!(element instanceof HTMLElement) || !element.isConnected || element.getClientRects().length === 0) return false;
  const open = document.querySelectorAll(dialogs);
  return open.length === 0 || open[open.length - 1]?.contains(element) === true;
}

function giveBack(before: Element | null): void {
  const now = document.activeElement;
  if (now !== null && now !== document.body) return;
  // What opened it may be gone with it (an entry of a menu, the palette's line): then where one was before that. Where that
  // is gone too, a node with another name, it is what the tree shows now, or the list in the middle.
  const selected = lastTree?.querySelector('[role="treeitem"][aria-selected="true"]') ?? null;
  const place = [before, lastOnPage, selected, document.querySelector('[role="grid"]')].find(
    (element) => element !== document.body && canTakeFocus(element),
  );
  if (place instanceof HTMLElement) place.focus();
}

/**
 * When what uses this goes away and takes the focus with it, the focus returns to where it was before: a dialog over
 * a wizard gives it back to the button that opened it, a wizard to the ribbon or the list.
 */
export const useFocusBack = (): void => {
  // Asked while first rendering: by the time effects run, what opens has taken the focus.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // At once, so that the next key is not lost; and again when the rest of the closing has been done.
      giveBack(before);
      setTimeout(() => giveBack(before), 0);
    },
    [before],
  );
};
