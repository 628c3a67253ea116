import { useCallback } from 'react';
import type { BrowseFolder } from '../ui/wizard/folder-browser.tsx';
import { useEngine } from './engine.ts';
import { messageOf } from './problems.ts';
import { size } from './words.ts';

/** The backup server's folders for pickers, as the engine sees them. */
export const useBrowse = (): BrowseFolder => {
  const engine = useEngine();
  return useCallback<BrowseFolder>(
    async (path, only, signal) => {
      try {
        const listing = await engine.sources.browse({ path, only }, { signal });
        return {
          ...listing,
          entries: listing.entries.map((entry) => ({
            ...entry,
            sizeText: entry.sizeBytes === null ? '' : size(entry.sizeBytes),
          })),
        };
      } catch (error) {
        throw new Error(messageOf(error), { cause: error });
      }
    },
    [engine],
  );
};
