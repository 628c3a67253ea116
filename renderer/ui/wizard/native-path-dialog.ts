import { createContext } from 'react';

/** This computer's own dialog to choose a path, where what carries the console has one: it resolves with null when cancelled. */
export const NativePathDialog = createContext<
  ((kind: 'folder' | 'file', start: string) => Promise<string | null>) | null
>(null);
