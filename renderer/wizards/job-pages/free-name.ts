/** Names that are taken, to compare without case; not the one of what is edited. */
export const takenNamesOf = (
  named: readonly { id: string; name: string }[],
  ownId: string | undefined,
): ReadonlySet<string> => new Set(named.filter((one) => one.id !== ownId).map((one) => one.name.trim().toLowerCase()));

/** `Backup Job 3`: the first of the numbered names that is free. */
export const freeName = (prefix: string, taken: ReadonlySet<string>): string => {
  for (let number = 1; ; number += 1) {
    const name = `${prefix} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
};
