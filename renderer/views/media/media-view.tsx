import type { ReactElement, ReactNode } from 'react';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { detailsOfMedium } from './media-details.tsx';
import { MediaList } from './media-list.tsx';
import type { MediaPlace } from './no-media.tsx';

/** Tapes with the details of the selected one. */
export const MediaView = (props: {
  title: string;
  listKey: string;
  query: { poolId?: string; libraryId?: string; online?: boolean };
  place: MediaPlace;
  toolbar?: ReactNode;
  /** Shown while no tape is selected. */
  details?: Details | null;
}): ReactElement => {
  const selected = rowsOf(
    'medium',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={<MediaList {...props} />}
      details={
        selected === null
          ? (props.details ?? null)
          : only === undefined || selected.length !== 1
            ? null
            : detailsOfMedium(only)
      }
    />
  );
};
