import type { ReactElement, ReactNode } from 'react';
import type { MediaRow } from '../../../shared/contract/tape.ts';
import { client } from '../../state/connection.ts';
import { mediaStateWords } from '../../texts.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { countColumn, nameColumn, sizeColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { ListView } from '../list-view.tsx';
import { filterOf, shownMedium } from '../states.ts';
import { type MediaPlace, NoMedia } from './no-media.tsx';
import { say } from '../../say.ts';

function protection(medium: MediaRow): string {
  if (medium.protectedByAdmin) return say('Protected');
  return medium.writeProtected ? say('Write-protect tab') : '';
}

const columns: readonly GridColumn<MediaRow>[] = [
  textColumn('barcode', say('Barcode'), (medium) => medium.barcode, { widthPx: 100 }),
  statusColumn('state', say('State'), shownMedium, { widthPx: 96, filter: filterOf(mediaStateWords) }),
  textColumn('poolName', say('Media Pool'), (medium) => medium.poolName, { widthPx: 104 }),
  nameColumn('setName', say('Media Set'), (medium) => medium.setName ?? '', { widthPx: 140 }),
  textColumn('sequence', say('No.'), (medium) => (medium.sequence === null ? '' : String(medium.sequence)), {
    widthPx: 48,
  }),
  textColumn('where', say('Location'), (medium) => medium.where, { widthPx: 140, sortable: false }),
  sizeColumn('usedBytes', say('Used'), (medium) => medium.usedBytes),
  sizeColumn('freeBytes', say('Free'), (medium) => medium.freeBytes),
  timeColumn('expiresAt', say('Expires'), (medium) => medium.expiresAt),
  timeColumn('lastWrittenAt', say('Last Written'), (medium) => medium.lastWrittenAt),
  countColumn('pointCount', say('Points'), (medium) => medium.pointCount, {
    widthPx: 64,
    sortable: false,
    hidden: true,
  }),
  textColumn('protectedByAdmin', say('Protection'), protection, { widthPx: 110, hidden: true }),
  sizeColumn('capacityBytes', say('Capacity'), (medium) => medium.capacityBytes, { hidden: true }),
  nameColumn('name', say('Name'), (medium) => medium.name, { widthPx: 140, hidden: true }),
  textColumn('catalogued', say('Catalogued'), (medium) => (medium.catalogued ? say('Yes') : say('No')), {
    widthPx: 90,
    hidden: true,
  }),
  textColumn('stateReason', say('Why'), (medium) => medium.stateReason, { widthPx: 180, sortable: false }),
];

/** Tapes: of a pool, of a library, online or offline. */
export const MediaList = (props: {
  title: string;
  listKey: string;
  query: { poolId?: string; libraryId?: string; online?: boolean };
  place: MediaPlace;
  toolbar?: ReactNode;
}): ReactElement => (
  <ListView
    kind="medium"
    title={props.title}
    listKey={props.listKey}
    layoutKey="media"
    columns={columns}
    topics={['media', 'pools', 'libraries']}
    idOf={(medium) => medium.id}
    fetchPage={(request, signal) => client.media.list({ ...request, ...props.query }, { signal })}
    toolbar={props.toolbar}
    empty={<NoMedia place={props.place} />}
  />
);
