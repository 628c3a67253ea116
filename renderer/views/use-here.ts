import { useEffect } from 'react';
import { type EntityKind, type EntityRows, selectedOf } from '../state/entities.ts';
import { setHere } from '../state/navigation.ts';

/** Says what the node of the tree is, so that its commands are at hand while it is looked at. */
export function useHere<K extends EntityKind>(kind: K, row: EntityRows[K] | null): void {
  useEffect(() => {
    setHere(row === null ? null : selectedOf(kind, [row]));
    return () => setHere(null);
  }, [kind, row]);
}
