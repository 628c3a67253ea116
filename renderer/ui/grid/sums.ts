import type { GridColumn } from './columns.ts';

/** How many sums are said: more would push the search away. */
const most = 2;

/** What the chosen rows come to together, column by column: `Used 12 GiB · Free 3 GiB`. Empty where nothing adds up. */
export function sumsOf<T>(columns: readonly GridColumn<T>[], rows: readonly T[]): string {
  if (rows.length < 2) return '';
  return columns
    .flatMap(({ header, sum }) => {
      if (sum === undefined) return [];
      const known = rows.map(sum.of).filter((value) => value !== null);
      return known.length === 0 ? [] : [`${header} ${sum.format(known.reduce((total, value) => total + value, 0))}`];
    })
    .slice(0, most)
    .join(' · ');
}
