import type { ReactElement } from 'react';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import { goTo } from '../../state/navigation.ts';
import { useOverview } from '../../state/overview.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Empty } from '../empty.tsx';
import { say } from '../../say.ts';

/** Which tapes are listed, as far as that decides what an empty list has to say. */
export type MediaPlace = PoolRow['kind'] | 'all' | 'library' | 'online' | 'offline';

const teach: Record<MediaPlace, { title: string; text: string }> = {
  all: {
    title: say('No tapes yet'),
    text: say('Tapes appear when a library is inventoried, and when they are put into its mail slots and imported.'),
  },
  library: {
    title: say('No tapes in this library'),
    text: say('Put cartridges into its slots and inventory it, or into its mail slots and import them.'),
  },
  online: {
    title: say('No tape is in a library'),
    text: say('Put cartridges into a library and inventory it. Tapes that no library holds are listed as offline.'),
  },
  offline: {
    title: say('No tape is away'),
    text: say(
      'Tapes that were exported or taken out are listed here, with what is on them, until a library has them again.',
    ),
  },
  free: {
    title: say('No free tapes'),
    text: say(
      'Tapes that any media pool may take when it needs one: blank ones, and those that you move here. Media pools whose settings say so replenish from Free.',
    ),
  },
  unrecognized: {
    title: say('Nothing is unrecognized'),
    text: say(
      'An inventory puts tapes here whose contents are not known: written by another program, or by Reelvault and not catalogued. They are never written to until they are catalogued, moved to a pool or erased.',
    ),
  },
  imported: {
    title: say('Nothing is imported'),
    text: say(
      'Tapes that another installation wrote, or this one before its database was lost. Catalogue a library and they appear here, with their restore points. They are read, and never written to.',
    ),
  },
  retired: {
    title: say('No tape is retired'),
    text: say('Tapes that are read but never written again: worn or damaged ones. “Move to Pool” brings a tape here.'),
  },
  custom: {
    title: say('No tapes in this pool'),
    text: say(
      'Move tapes here, or let the pool take blank ones or those in Free when it needs them: see its settings.',
    ),
  },
};

/** An empty list of tapes: what belongs there and how it comes there. */
export const NoMedia = ({ place }: { place: MediaPlace }): ReactElement => {
  const hasLibrary = useOverview(({ overview }) => (overview?.libraries.length ?? 0) > 0);
  if (!hasLibrary) return <Empty icon="tape" {...teach[place]} commands={['new.tape-library', 'new.library']} />;
  if (place === 'custom') return <Empty icon="tape" {...teach[place]} commands={['pool.edit']} />;
  return (
    <EmptyState
      icon="tape"
      {...teach[place]}
      actions={[
        place === 'retired' || place === 'free'
          ? { label: say('Show all tapes'), run: () => goTo('tape/media') }
          : { label: say('Show the libraries'), run: () => goTo('tape/libraries') },
      ]}
    />
  );
};
