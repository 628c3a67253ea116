/** A search and filters of a list that somebody gave a name to. */
export interface KeptFilter {
  name: string;
  search: string;
  /** Column -> accepted values. */
  filters: Record<string, string[]>;
  /** The node of the tree that it was saved at, where it stood in a main list. */
  node?: string | undefined;
}

type Rows = Pick<KeptFilter, 'search' | 'filters'>;

const mostKept = 50;

/** The filters with one more, or with a newer one of the same name; those of `remove` are left out. */
export function withFilter(kept: readonly KeptFilter[], add: KeptFilter | null, remove?: string): KeptFilter[] {
  const others = kept.filter(({ name }) => name !== add?.name && name !== remove);
  return [...others, ...(add === null ? [] : [add])]
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .slice(0, mostKept);
}

/** Whether two of them choose the same rows. */
export function sameFilter(a: Rows, b: Rows): boolean {
  const words = ({ search, filters }: Rows): string =>
    JSON.stringify([
      search.trim(),
      Object.entries(filters)
        .map(([column, accepted]) => [column, [...accepted].sort()])
        .sort(),
    ]);
  return words(a) === words(b);
}
