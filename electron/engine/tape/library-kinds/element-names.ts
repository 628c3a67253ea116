import type { ElementStatus } from '../../scsi/element-status.ts';
import type { ElementKind } from '../store/tape-records.ts';

/** The name an element has for people: `Slot 3`, `Drive 1`, `Mail slot 2`, `Robot`. `index` counts from 0 in its kind. */
export function elementName(kind: ElementKind, index: number): string {
  if (kind === 'transport') return index === 0 ? 'Robot' : `Robot ${index + 1}`;
  const word = kind === 'slot' ? 'Slot' : kind === 'drive' ? 'Drive' : 'Mail slot';
  return `${word} ${index + 1}`;
}

/** Names of all elements by address. */
export function elementNames(elements: readonly ElementStatus[]): Map<number, string> {
  const counts = new Map<ElementKind, number>();
  const names = new Map<number, string>();
  for (const element of elements) {
    const index = counts.get(element.type) ?? 0;
    counts.set(element.type, index + 1);
    names.set(element.address, elementName(element.type, index));
  }
  return names;
}
