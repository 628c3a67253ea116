import type { ElementRow } from '../../shared/contract/tape.ts';
import { CliError, exitCodes, usageError } from './exit-codes.ts';

export const elementHelp =
  'Places in a library are named as "library show" names them ("slot 3", "drive 1", "mail slot 2"), by element address,\nor by the barcode of the tape in them.';

/** The place in a library that a text names: its name in any capitals, its address, or the barcode of what is in it. */
export function findElement(elements: readonly ElementRow[], text: string): ElementRow {
  const wanted = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const found =
    elements.find((element) => element.barcode?.toLowerCase() === wanted) ??
    elements.find((element) => element.name.toLowerCase() === wanted) ??
    elements.find((element) => String(element.address) === wanted);
  if (found) return found;
  if (wanted === '') throw usageError('Name a place in the library.', elementHelp);
  throw new CliError(exitCodes.notFound, `The library has no place or tape "${text}".`, elementHelp);
}
