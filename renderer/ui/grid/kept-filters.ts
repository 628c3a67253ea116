/** A search and filters of a list that somebody gave a name to. */
export interface KeptFilter {
  name: string;
  search: string;
  /** Column -> accepted values. */
  filters: Record<string, string[]>;
}

const mostKept = 50;
const prefix = 'reelvault.filters.';

function readable(value: unknown): KeptFilter[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Partial<Record<keyof KeptFilter, unknown>> | null) => {
    if (typeof one?.name !== 'string' || typeof one.search !== 'string') return [];
    if (typeof one.filters !== 'object' || one.filters === null) return [];
    const filters = Object.entries(one.filters).filter(
      (pair): pair is [string, string[]] =>
        Array.isArray(pair[1]) && pair[1].every((accepted) => typeof accepted === 'string'),
    );
    return [{ name: one.name, search: one.search, filters: Object.fromEntries(filters) }];
  });
}

/** The filters kept for a list, by name; anything unreadable is left out. */
export function keptFilters(key: string): KeptFilter[] {
  try {
    return readable(JSON.parse(localStorage.getItem(prefix + key) ?? '[]'));
  } catch {
    return [];
  }
}

/** The filters with one more, or with a newer one of the same name; those of `remove` are left out. */
export function withFilter(kept: readonly KeptFilter[], add: KeptFilter | null, remove?: string): KeptFilter[] {
  const others = kept.filter(({ name }) => name !== add?.name && name !== remove);
  return [...others, ...(add === null ? [] : [add])]
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .slice(0, mostKept);
}

/** Whether two of them choose the same rows. */
export function sameFilter(a: Omit<KeptFilter, 'name'>, b: Omit<KeptFilter, 'name'>): boolean {
  const words = ({ search, filters }: Omit<KeptFilter, 'name'>): string =>
    JSON.stringify([
      search.trim(),
      Object.entries(filters)
        .map(([column, accepted]) => [column, [...accepted].sort()])
        .sort(),
    ]);
  return words(a) === words(b);
}

export function keepFilters(key: string, kept: readonly KeptFilter[]): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(kept));
  } catch {
    // A full or forbidden storage costs a kept filter and nothing else.
  }
}
