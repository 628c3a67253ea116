import type { ReactElement } from 'react';
import type { BackupOrigin, BackupRow } from '../../../shared/contract/backups.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { platformName } from '../../../shared/domain/platforms.ts';
import { client } from '../../state/connection.ts';
import { rowsOf } from '../../state/entities.ts';
import { usePlace } from '../../state/navigation.ts';
import { originWords } from '../../texts.ts';
import { FactColumns, FactList } from '../../ui/details-pane.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { exactBytes, formatTime, formatUtc } from '../../ui/times.ts';
import { countColumn, nameColumn, sizeColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { type Details, MainAndDetails } from '../main-and-details.tsx';
import { filterOf, type Shown } from '../states.ts';
import { PointList } from './point-list.tsx';
import { say } from '../../say.ts';

const stateWords = {
  complete: say('Complete'),
  incomplete: say('Incomplete'),
  unavailable: say('Not available'),
} as const;

function shownBackup(backup: BackupRow): Shown {
  return { shape: backup.state === 'complete' ? 'success' : 'warning', word: stateWords[backup.state] };
}

export const backupColumns: readonly GridColumn<BackupRow>[] = [
  nameColumn('machineName', say('Machine'), (backup) => backup.machineName, { widthPx: 200 }),
  nameColumn('jobName', say('Job'), (backup) => backup.jobName, { widthPx: 200 }),
  nameColumn('locationName', say('Location'), (backup) => backup.locationName, { widthPx: 150 }),
  textColumn('platform', say('Platform'), (backup) => platformName(backup.platform), { widthPx: 110 }),
  countColumn('pointCount', say('Points'), (backup) => backup.pointCount, { widthPx: 70 }),
  timeColumn('newestPointAt', say('Newest'), (backup) => backup.newestPointAt),
  timeColumn('oldestPointAt', say('Oldest'), (backup) => backup.oldestPointAt),
  sizeColumn('sizeBytes', say('Size'), (backup) => backup.sizeBytes),
  statusColumn('state', say('State'), shownBackup, { widthPx: 120, filter: filterOf(stateWords) }),
];

const teach: Record<BackupOrigin, { title: string; text: string; commands: readonly string[] }> = {
  disk: {
    title: say('No backups on disk'),
    text: say('What backup jobs make is listed here, by machine.'),
    commands: ['new.backup-job'],
  },
  copy: {
    title: say('No copies on disk'),
    text: say('What backup copy jobs make in a second repository is listed here.'),
    commands: ['new.backup-copy-job'],
  },
  imported: {
    title: say('Nothing imported'),
    text: say('Backups that were restored from tape to a repository, or found in one that was added, are listed here.'),
    commands: ['restore.from-tape', 'new.repository'],
  },
  orphaned: {
    title: say('Nothing orphaned'),
    text: say(
      'Backups whose job is no longer there are listed here. They can be restored, copied and deleted as before.',
    ),
    commands: [],
  },
  tape: {
    title: say('No backups on tape'),
    text: say('What backup to tape jobs have written, and what was catalogued from tapes, is listed here.'),
    commands: ['new.backup-to-tape-job'],
  },
};

function detailsOf(backup: BackupRow): Details {
  return {
    title: backup.machineName,
    tabs: [
      {
        id: 'points',
        label: say('Restore points'),
        content: (
          <PointList
            title={say('Restore points')}
            listKey={`points/backup/${backup.id}`}
            query={{ backupId: backup.id }}
          />
        ),
      },
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('Machine'), value: backup.machineName },
                { label: say('Platform'), value: platformName(backup.platform) },
                { label: say('Job'), value: backup.jobName },
                { label: say('Place'), value: originWords[backup.origin] },
                { label: say('Location'), value: backup.locationName },
              ]}
            />
            <FactList
              facts={[
                { label: say('State'), value: <StatusIcon {...shownBackup(backup)} /> },
                { label: say('Restore points'), value: String(backup.pointCount) },
                { label: say('Size'), value: formatBytes(backup.sizeBytes), hint: exactBytes(backup.sizeBytes) },
                {
                  label: say('Newest'),
                  value: formatTime(backup.newestPointAt),
                  hint: formatUtc(backup.newestPointAt),
                },
                {
                  label: say('Oldest'),
                  value: formatTime(backup.oldestPointAt),
                  hint: formatUtc(backup.oldestPointAt),
                },
              ]}
            />
          </FactColumns>
        ),
      },
    ],
  };
}

/** Backups of one place, by machine, with their restore points. */
export const BackupsView = ({ origin }: { origin: BackupOrigin | null }): ReactElement => {
  const selected = rowsOf(
    'backup',
    usePlace((state) => state.main),
  );
  const [only] = selected ?? [];
  return (
    <MainAndDetails
      main={
        <ListView
          kind="backup"
          title={origin === null ? say('Backups') : say`Backups: ${originWords[origin]}`}
          listKey={`backups/${origin ?? 'all'}`}
          layoutKey="backups"
          columns={backupColumns}
          topics={['backups', 'media']}
          idOf={(backup) => backup.id}
          fetchPage={(request, signal) =>
            client.backups.list(origin === null ? request : { ...request, origin }, { signal })
          }
          empty={<Empty icon="backups" {...teach[origin ?? 'disk']} />}
        />
      }
      details={only === undefined || selected?.length !== 1 ? null : detailsOf(only)}
    />
  );
};
