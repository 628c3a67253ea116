/**
 * What of a fetched page may be shown. Held (a pointer is over the list, or a menu is open on it) the rows keep their
 * places: values are taken over by id, and an arrangement that differs waits in `pending`.
 */
export function arrangePage<T>(
  shown: readonly T[],
  fresh: readonly T[],
  idOf: (row: T) => string,
  held: boolean,
): { rows: readonly T[]; pending: readonly T[] | null } {
  if (!held || shown.length === 0) return { rows: fresh, pending: null };
  const sameOrder = shown.length === fresh.length && shown.every((row, at) => idOf(row) === idOf(fresh[at] as T));
  if (sameOrder) return { rows: fresh, pending: null };
  const byId = new Map(fresh.map((row) => [idOf(row), row]));
  return { rows: shown.map((row) => byId.get(idOf(row)) ?? row), pending: fresh };
}
