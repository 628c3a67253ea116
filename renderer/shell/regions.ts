const focusable =
  'button:not([disabled]),input:not([disabled]),select:not([disabled]),a[href],[tabindex="0"]:not([data-tabster-dummy])';

/** Where the focus belongs in a region, best first: its list or its tree, the tab that is chosen, or whatever takes it. */
const preferred = ['[role="grid"]', '[role="treeitem"][tabindex="0"]', '[role="tab"][aria-selected="true"]', focusable];

const entryOf = (region: Element): HTMLElement | undefined =>
  preferred
    .flatMap((selector) => [...region.querySelectorAll<HTMLElement>(selector)])
    .find((element) => element.getClientRects().length > 0);

/**
 * F6: the next part of the console (ribbon, tree, list, details, status bar), Shift+F6 the one before. Parts are marked
 * with `data-region`; one that holds others is none itself, and one without anything to focus is passed over.
 */
export function goToRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll('[data-region]')].filter(
    (region) => region.querySelector('[data-region]') === null,
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const from = at === -1 && step === -1 ? 0 : at;
  for (let passed = 1; passed <= regions.length; passed += 1) {
    const region = regions[(from + step * passed + regions.length * 2) % regions.length];
    const entry = region === undefined ? undefined : entryOf(region);
    if (entry === undefined) continue;
    entry.focus();
    return;
  }
}
