interface Fittable {
  id: string;
  widthPx: number;
  /** Names, paths and sentences may grow and shrink, where a time, a state or a size may not. */
  cutMiddle?: boolean | undefined;
  elastic?: boolean | undefined;
}

const smallestShare = 0.65;

/**
 * Widths that fill `roomPx` as long as nobody has chosen any: columns of names and other texts give way (down to 65 %)
 * or take what is left over. What does not fit then is scrolled to.
 */
export function fitWidths(columns: readonly Fittable[], roomPx: number): Record<string, number> {
  const missing = roomPx - columns.reduce((sum, column) => sum + column.widthPx, 0);
  const elastic = columns.filter((column) => column.cutMiddle === true || column.elastic === true);
  const elasticTotal = elastic.reduce((sum, column) => sum + column.widthPx, 0);
  if (missing === 0 || elasticTotal === 0 || roomPx <= 0) return {};
  const share = Math.max(smallestShare, (elasticTotal + missing) / elasticTotal);
  return Object.fromEntries(elastic.map((column) => [column.id, Math.floor(column.widthPx * share)]));
}
