import { create } from 'zustand';
import { type KeptFilter, withFilter } from '../ui/grid/kept-filters.ts';

const prefix = 'reelvault.filters.';
const none: readonly KeptFilter[] = [];

function readable(value: unknown): KeptFilter[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Partial<Record<keyof KeptFilter, unknown>> | null) => {
    if (typeof one?.name !== 'string' || typeof one.search !== 'string') return [];
    if (typeof one.filters !== 'object' || one.filters === null) return [];
    const filters = Object.entries(one.filters).filter(
      (pair): pair is [string, string[]] =>
        Array.isArray(pair[1]) && pair[1].every((accepted) => typeof accepted === 'string'),
    );
    const node = typeof one.node === 'string' ? { node: one.node } : {};
    return [{ name: one.name, search: one.search, filters: Object.fromEntries(filters), ...node }];
  });
}

/** What is kept on this computer, by list; anything unreadable is left out. */
export function loadKept(): Record<string, readonly KeptFilter[]> {
  const lists: Record<string, readonly KeptFilter[]> = {};
  try {
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (key?.startsWith(prefix)) lists[key.slice(prefix.length)] = readableText(localStorage.getItem(key));
    }
  } catch {
    // Without storage there is none.
  }
  return lists;
}

function readableText(text: string | null): readonly KeptFilter[] {
  try {
    return readable(JSON.parse(text ?? '[]'));
  } catch {
    return none;
  }
}

/** Searches and filters under names, by the name that a list's layout is remembered under. */
export const useKeptFilters = create<{ lists: Record<string, readonly KeptFilter[]> }>(() => ({ lists: loadKept() }));

export const keptIn = (list: string): readonly KeptFilter[] => useKeptFilters.getState().lists[list] ?? none;

function change(list: string, kept: readonly KeptFilter[]): void {
  useKeptFilters.setState(({ lists }) => ({ lists: { ...lists, [list]: kept } }));
  try {
    localStorage.setItem(prefix + list, JSON.stringify(kept));
  } catch {
    // A full or forbidden storage costs a kept filter and nothing else.
  }
}

export function keepFilter(list: string, filter: KeptFilter): void {
  change(list, withFilter(keptIn(list), filter));
}

export function forgetFilter(list: string, name: string): void {
  change(list, withFilter(keptIn(list), null, name));
}

/** Takes the place of another one that has the new name. */
export function renameFilter(list: string, name: string, to: string): void {
  const filter = keptIn(list).find((one) => one.name === name);
  if (filter !== undefined) change(list, withFilter(keptIn(list), { ...filter, name: to }, name));
}

/** The filters of a list, and how to change them; `node`: the place of the tree that new ones belong to. */
export function useSavedFilters(list: string, node: string | undefined) {
  const kept = useKeptFilters((state) => state.lists[list]) ?? none;
  return {
    kept,
    onSave: (filter: KeptFilter) => keepFilter(list, node === undefined ? filter : { ...filter, node }),
    onRemove: (name: string) => forgetFilter(list, name),
  };
}
