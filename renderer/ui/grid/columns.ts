import type { ReactNode } from 'react';

/** One column of a grid. `id` is the row's property and the name that the engine sorts and filters by. */
export interface GridColumn<T> {
  id: string;
  header: string;
  widthPx: number;
  align?: 'end' | undefined;
  /** False for what the engine cannot sort by. */
  sortable?: boolean | undefined;
  /** Not shown until chosen. */
  hidden?: boolean | undefined;
  /** The values that can be filtered by, with their words. */
  filter?: readonly { value: string; label: string }[] | undefined;
  /** The cell in words: what is copied, exported and read out. */
  text: (row: T) => string;
  /** More than the cell says, shown on hover: exact bytes, UTC. */
  hint?: ((row: T) => string) | undefined;
  /** What can be added up over several rows: sizes and counts. */
  sum?: { of: (row: T) => number | null; format: (total: number) => string } | undefined;
  /** How it looks, when that is more than its words. */
  render?: ((row: T) => ReactNode) | undefined;
  /** Cut in the middle instead of at the end, for names and paths. */
  cutMiddle?: boolean | undefined;
  /** Gives way to the others where room is short, and takes what is left over. Columns cut in the middle always do. */
  elastic?: boolean | undefined;
}

export interface SortChoice {
  by: string;
  direction: 'asc' | 'desc';
}
