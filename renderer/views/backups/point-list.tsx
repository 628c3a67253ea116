import type { ReactElement } from 'react';
import type { PointRow } from '../../../shared/contract/backups.ts';
import { client } from '../../state/connection.ts';
import { originWords, pointKindWords, pointStateWords } from '../../texts.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { nameColumn, sizeColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { ListView } from '../list-view.tsx';
import { filterOf, shownPoint } from '../states.ts';
import { say } from '../../say.ts';

function tapesOf(point: PointRow): string {
  return point.tapes.map((tape) => `${tape.barcode} (${tape.where})`).join(', ');
}

const columns: readonly GridColumn<PointRow>[] = [
  timeColumn('createdAt', say('Restore Point'), (point) => point.createdAt),
  textColumn('kind', say('Type'), (point) => pointKindWords[point.kind], {
    widthPx: 88,
    filter: filterOf(pointKindWords),
  }),
  statusColumn('state', say('State'), shownPoint, { widthPx: 110, filter: filterOf(pointStateWords) }),
  textColumn('origin', say('Place'), (point) => originWords[point.origin], {
    widthPx: 100,
    filter: filterOf(originWords),
  }),
  nameColumn('locationName', say('Location'), (point) => point.locationName, { widthPx: 130 }),
  sizeColumn('sizeBytes', say('Size'), (point) => point.sizeBytes),
  textColumn('encrypted', say('Encrypted'), (point) => (point.encrypted ? say('Yes') : say('No')), {
    widthPx: 90,
    sortable: false,
  }),
  textColumn('tapes', say('Tapes'), tapesOf, { widthPx: 170, sortable: false }),
  textColumn('disks', say('Disks'), (point) => point.disks.map((disk) => disk.name).join(', '), {
    widthPx: 120,
    sortable: false,
    hidden: true,
  }),
  nameColumn('machineName', say('Machine'), (point) => point.machineName, { widthPx: 150, hidden: true }),
  nameColumn('jobName', say('Job'), (point) => point.jobName, { widthPx: 160, hidden: true }),
  nameColumn('path', say('File'), (point) => point.path ?? '', { widthPx: 320, sortable: false }),
];

/** Restore points of a backup, of a machine at all places, or in one place; they are selected beside the main list. */
export const PointList = (props: {
  title: string;
  listKey: string;
  query: { backupId?: string; machineId?: string; locationId?: string };
}): ReactElement => (
  <ListView
    kind="point"
    place="detail"
    title={props.title}
    listKey={props.listKey}
    layoutKey="points"
    columns={columns}
    topics={['backups', 'media']}
    idOf={(point) => point.id}
    fetchPage={(request, signal) => client.backups.points({ ...request, ...props.query }, { signal })}
    empty={
      <EmptyState
        icon="backup"
        title={say('No restore points')}
        text={say('A restore point is a machine as it was at one moment.')}
        actions={[]}
      />
    }
  />
);
