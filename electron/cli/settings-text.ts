import { usageError } from './exit-codes.ts';

/** `forever`, `overwrite`, or how many days (`90 days`, `90`). */
export function parseMediaRetention(
  text: string,
): { kind: 'forever' } | { kind: 'overwrite' } | { kind: 'for'; days: number } {
  const word = text.trim().toLowerCase();
  if (word === 'forever' || word === 'overwrite') return { kind: word };
  const match = /^(\d+)\s*(?:days?|d)?$/.exec(word);
  if (!match) throw usageError(`"${text}" is not a media retention.`, 'Write forever, overwrite or a number of days.');
  return { kind: 'for', days: Number(match[1]) };
}
