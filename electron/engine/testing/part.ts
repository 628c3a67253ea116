/**
 * Long proofs can be taken in parts that add up to the whole: `REELVAULT_PART=2/10` is the second of ten. Without it
 * everything is taken.
 */
export interface Part {
  /** 1-based. */
  part: number;
  parts: number;
}

/** Throws for what names no part. */
export function partOf(text: string | undefined): Part {
  if (text === undefined || text === '') return { part: 1, parts: 1 };
  const [, part, parts] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part === undefined || parts === undefined || part < 1 || part > parts)
    throw new Error(`REELVAULT_PART=${text} names no part; the second of ten is 2/10.`);
  return { part, parts };
}

export const wantedPart = partOf(process.env.REELVAULT_PART);

/** Whether the item at this index (0-based) belongs to a part: each to exactly one of all. */
export function isInPart(index: number, { part, parts }: Part = wantedPart): boolean {
  return index % parts === part - 1;
}

/** The range of `count` items that a part takes, for what must stay together: from, up to and without. */
export function rangeOfPart(count: number, { part, parts }: Part = wantedPart): [from: number, end: number] {
  return [Math.floor((count * (part - 1)) / parts), Math.floor((count * part) / parts)];
}

/** For what a part prints. */
export function partText({ part, parts }: Part = wantedPart): string {
  return parts === 1 ? 'all' : `part ${part} of ${parts}`;
}
