const longestName = 120;

/** The name of a job's clone, one that no other job has in any capitals: `Nightly copy`, `Nightly copy 2`. */
export function nameOfClone(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((other) => other.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? ' copy' : ` copy ${number}`;
    const candidate = `${name
      .slice(0, longestName - end.length)
      .toWellFormed()
      .trimEnd()}${end}`;
    if (!used.has(candidate.toLowerCase())) return candidate;
  }
}
