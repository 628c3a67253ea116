import type { ReactElement } from 'react';
import { platformName } from '../../../shared/domain/platforms.ts';
import { client } from '../../state/connection.ts';
import { type MachineRow, rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { PointList } from '../backups/point-list.tsx';
import { countColumn, nameColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import type { Shown } from '../states.ts';
import { MachinePlaces } from './machine-places.tsx';
import { say } from '../../say.ts';

/** Three copies, on two kinds of media, one of them offline. */
function shown321(machine: MachineRow): Shown {
  return machine.rule321.holds
    ? { shape: 'protected', word: say('Holds'), hint: machine.rule321.reason }
    : { shape: 'warning', word: say('Does not hold'), hint: machine.rule321.reason };
}

const columns: readonly GridColumn<MachineRow>[] = [
  nameColumn('name', say('Machine'), (machine) => machine.name),
  textColumn('platform', say('Platform'), (machine) => platformName(machine.platform), { widthPx: 110 }),
  countColumn('primaryPoints', say('Primary'), (machine) => machine.primaryPoints),
  countColumn('copyPoints', say('Copies'), (machine) => machine.copyPoints),
  countColumn('tapePoints', say('Tape'), (machine) => machine.tapePoints),
  timeColumn('newestPointAt', say('Newest'), (machine) => machine.newestPointAt),
  statusColumn('rule321', '3-2-1', shown321, {
    filter: [
      { value: 'holds', label: say('Holds') },
      { value: 'missing', label: say('Does not hold') },
    ],
  }),
  textColumn('reason', say('Why'), (machine) => machine.rule321.reason, { widthPx: 300, sortable: false }),
];

function detailsOf(machine: MachineRow): Details {
  return {
    title: machine.name,
    tabs: [
      { id: 'places', label: say('Where it is'), content: <MachinePlaces machine={machine} /> },
      {
        id: 'points',
        label: say('Restore points everywhere'),
        content: (
          <PointList
            title={say('Restore points everywhere')}
            listKey={`points/machine/${machine.id}`}
            query={{ machineId: machine.id }}
          />
        ),
      },
    ],
  };
}

/** For each machine, where its restore points are and whether 3-2-1 holds. */
export const MachinesView = (): ReactElement => {
  const selected = rowsOf(
    'machine',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={
        <ListView
          kind="machine"
          title={say('Machines')}
          listKey="machines"
          layoutKey="machines"
          columns={columns}
          topics={['backups', 'media']}
          idOf={(machine) => machine.id}
          fetchPage={(request, signal) => client.backups.machines(request, { signal })}
          empty={
            <Empty
              icon="machine"
              title={say('No machines yet')}
              text={say(
                'Every machine with a restore point is listed here, with where its copies are and whether three copies on two kinds of media exist, one of them offline.',
              )}
              commands={['new.backup-job']}
            />
          }
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)}
    />
  );
};
