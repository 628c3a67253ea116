interface Matchable {
  label: string;
  area: string;
  refusal: string | null;
}

/** Entries that contain every typed word, those whose label begins with the text first and refused ones last. */
export function matchCommands<T extends Matchable>(entries: readonly T[], text: string): T[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const rank = (entry: T): number => {
    const label = entry.label.toLocaleLowerCase();
    const start = words[0] === undefined || label.startsWith(words.join(' ')) ? 0 : label.startsWith(words[0]) ? 1 : 2;
    return start + (entry.refusal === null ? 0 : 10);
  };
  return entries
    .filter((entry) => {
      const whole = `${entry.label} ${entry.area}`.toLocaleLowerCase();
      return words.every((word) => whole.includes(word));
    })
    .map((entry, at) => ({ entry, at, rank: rank(entry) }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map(({ entry }) => entry);
}
