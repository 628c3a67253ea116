import { createContext, useContext } from 'react';

/**
 * States of open wizards by title, outside the components: when the console has to ask for a sign-in in between, what
 * was entered is there again afterwards. Passphrases are never part of a wizard's draft.
 */
export type KeptDrafts = Map<string, unknown>;

/** Given by the wizard host; without it nothing is kept. */
export const KeptDraftsContext = createContext<KeptDrafts | null>(null);

export const useKeptDrafts = (): KeptDrafts | null => useContext(KeptDraftsContext);
