import type { ReactElement } from 'react';
import { platformName } from '../../../shared/domain/platforms.ts';
import { client } from '../../state/connection.ts';
import type { BackupRow } from '../../../shared/contract/backups.ts';
import type { MachineRow } from '../../state/entities.ts';
import { goTo } from '../../state/navigation.ts';
import { useQuery } from '../../state/query.ts';
import { placesTexts } from '../../texts.ts';
import { QuietLine } from '../../ui/details-pane.tsx';
import { type PlaceCard, type PlaceLane, PlacesPicture } from '../../ui/places-picture.tsx';
import { formatTime } from '../../ui/times.ts';

/** A machine has backups in a few places; more than so many are not drawn. */
const drawnPlaces = 50;

function cardOf(backup: BackupRow): PlaceCard {
  return {
    id: backup.id,
    name: backup.locationName,
    lines: [
      placesTexts.points(backup.pointCount),
      ...(backup.newestPointAt === null ? [] : [placesTexts.newest(formatTime(backup.newestPointAt))]),
    ],
    state: backup.state === 'complete' ? null : { shape: 'warning', word: placesTexts.incomplete },
    open: () => goTo(`home/backups/${backup.origin}`, backup.id),
  };
}

function lanesOf(machine: MachineRow, backups: readonly BackupRow[]): PlaceLane[] {
  const cards = (...origins: BackupRow['origin'][]): PlaceCard[] =>
    backups.filter((backup) => origins.includes(backup.origin) && backup.pointCount > 0).map(cardOf);
  return [
    {
      id: 'machine',
      icon: 'machine',
      title: placesTexts.machine,
      cards: [{ id: 'machine', name: machine.name, lines: [platformName(machine.platform)], state: null, open: null }],
      nothing: '',
    },
    {
      id: 'disk',
      icon: 'disk',
      title: placesTexts.primary,
      cards: cards('disk'),
      nothing: placesTexts.noPrimary,
    },
    {
      id: 'copy',
      icon: 'copyJob',
      title: placesTexts.copies,
      cards: cards('copy', 'imported', 'orphaned'),
      nothing: placesTexts.noCopies,
    },
    { id: 'tape', icon: 'tape', title: placesTexts.tape, cards: cards('tape'), nothing: placesTexts.noTape },
  ];
}

/** Where a machine's restore points are, as a picture, with the state of 3-2-1. */
export const MachinePlaces = ({ machine }: { machine: MachineRow }): ReactElement => {
  const { data, problem } = useQuery(`machine-places/${machine.id}`, ['backups', 'media'], (signal) =>
    client.backups.list({ machineId: machine.id, limit: drawnPlaces }, { signal }),
  );
  if (data === null) return <QuietLine>{problem?.message ?? placesTexts.loading}</QuietLine>;
  return (
    <PlacesPicture
      label={placesTexts.label(machine.name)}
      lanes={lanesOf(machine, data.rows)}
      rulesLabel={placesTexts.rule}
      rules={machine.rule321.parts.map((part) => ({
        ...part,
        word: part.holds ? placesTexts.holds : placesTexts.missing,
      }))}
    />
  );
};
