/** A hint at the nearest known word, when one is near enough to be a slip. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const near = known
    .map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word) }))
    .filter(
      ({ word, distance }) =>
        distance <= Math.min(Math.max(2, Math.floor(word.length / 3)), Math.max(1, word.length - 2)) ||
        word.startsWith(typed),
    )
    .sort((a, b) => a.distance - b.distance)[0];
  return near ? `Did you mean "${near.word}"? ` : '';
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
