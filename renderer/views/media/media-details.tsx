import type { ReactElement } from 'react';
import { formatBytes } from '../../../shared/domain/format.ts';
import type { MediaRow } from '../../../shared/contract/tape.ts';
import { client } from '../../state/connection.ts';
import type { MediaDetail } from '../../state/entities.ts';
import { goTo } from '../../state/navigation.ts';
import { useQuery } from '../../state/query.ts';
import { FactColumns, FactList, QuietLine } from '../../ui/details-pane.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { exactBytes, formatTime, formatUtc } from '../../ui/times.ts';
import { nameColumn, sizeColumn, statusColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { LocalList } from '../local-list.tsx';
import type { Details } from '../main-and-details.tsx';
import { shownMedium } from '../states.ts';
import { say } from '../../say.ts';

type TapePoint = MediaDetail['points'][number];
type Member = MediaDetail['setMembers'][number];

const pointColumns: readonly GridColumn<TapePoint>[] = [
  nameColumn('machineName', say('Machine'), (point) => point.machineName),
  timeColumn('createdAt', say('Restore Point'), (point) => point.createdAt),
  textColumn('kind', say('Type'), (point) => point.kind, { widthPx: 100 }),
  sizeColumn('sizeBytes', say('Size'), (point) => point.sizeBytes),
];

const memberColumns: readonly GridColumn<Member>[] = [
  textColumn('sequence', say('No.'), (member) => String(member.sequence), { widthPx: 60 }),
  textColumn('barcode', say('Barcode'), (member) => member.barcode, { widthPx: 160 }),
];

const TapeAspect = ({ medium, aspect }: { medium: MediaRow; aspect: 'points' | 'set' }): ReactElement => {
  const { data, problem } = useQuery(`medium/${medium.id}`, ['media', 'backups'], (signal) =>
    client.media.get({ id: medium.id }, { signal }),
  );
  if (data === null) return <QuietLine>{problem?.message ?? say('Loading…')}</QuietLine>;
  return aspect === 'points' ? (
    <LocalList
      title={say('Restore points on this tape')}
      layoutKey="tape-points"
      titleHidden
      columns={pointColumns}
      rows={data.points}
      idOf={(point) => point.pointId}
      empty={
        <EmptyState
          icon="tape"
          title={say('No restore points')}
          text={
            medium.catalogued
              ? say('The catalogue of this tape names none.')
              : say('What is on this tape is not known yet: catalogue it.')
          }
          actions={[]}
        />
      }
    />
  ) : (
    <LocalList
      title={data.setName ?? say('Media set')}
      layoutKey="tape-set"
      columns={memberColumns}
      rows={data.setMembers}
      idOf={(member) => member.mediaId}
      onOpen={(member) => goTo(`tape/pools/${medium.poolId}`, member.mediaId)}
      empty={
        <EmptyState
          icon="tape"
          title={say('In no media set')}
          text={say('A tape joins a set when a job first writes to it.')}
          actions={[]}
        />
      }
    />
  );
};

type Standing = Awaited<ReturnType<typeof client.media.standing>>[number];

const standingColumns: readonly GridColumn<Standing>[] = [
  nameColumn('poolName', say('Media Pool'), (standing) => standing.poolName, { widthPx: 160 }),
  statusColumn(
    'usable',
    say('Would Write It'),
    (standing) =>
      standing.rank === 1
        ? { shape: 'success', word: say('Next') }
        : standing.usable
          ? { shape: 'waiting', word: standing.rank === null ? say('Later') : say`Later, no. ${standing.rank}` }
          : { shape: 'none', word: say('No') },
    { widthPx: 120 },
  ),
  textColumn('reason', say('Why, or why not'), (standing) => standing.reason, { widthPx: 420 }),
  textColumn('nextTape', say('Next Tape of the Pool'), (standing) => standing.nextTape, { widthPx: 180 }),
];

/** Why this tape, or why not: what each media pool of one's own says of it. */
const TapeStanding = ({ medium }: { medium: MediaRow }): ReactElement => {
  const { data, problem } = useQuery(`standing/${medium.id}`, ['media', 'pools', 'libraries'], (signal) =>
    client.media.standing({ id: medium.id }, { signal }),
  );
  if (data === null) return <QuietLine>{problem?.message ?? say('Loading…')}</QuietLine>;
  return (
    <LocalList
      title={say('Would it be written next?')}
      layoutKey="tape-standing"
      titleHidden
      columns={standingColumns}
      rows={data}
      idOf={(standing) => standing.poolId}
      onOpen={(standing) => goTo(`tape/pools/${standing.poolId}`)}
      searchable={false}
      empty={
        <EmptyState
          icon="pool"
          title={say('No media pools of your own')}
          text={say('Jobs write to media pools that you make; each chooses its next tape by its own rules.')}
          actions={[]}
        />
      }
    />
  );
};

/** What is known about a tape. */
export function detailsOfMedium(medium: MediaRow): Details {
  return {
    title: medium.name === medium.barcode ? medium.barcode : `${medium.barcode} · ${medium.name}`,
    tabs: [
      {
        id: 'summary',
        label: say('Summary'),
        content: (
          <FactColumns>
            <FactList
              facts={[
                { label: say('State'), value: <StatusIcon {...shownMedium(medium)} /> },
                { label: say('Why'), value: medium.stateReason },
                { label: say('Media pool'), value: medium.poolName },
                {
                  label: say('Media set'),
                  value: medium.setName === null ? null : say`${medium.setName}, tape ${medium.sequence ?? '?'}`,
                },
                { label: say('Location'), value: medium.where },
                {
                  label: say('Protection'),
                  value: medium.protectedByAdmin
                    ? say('Protected by an administrator')
                    : medium.writeProtected
                      ? say('Write-protect tab is set')
                      : say('None'),
                },
              ]}
            />
            <FactList
              facts={[
                {
                  label: say('Capacity'),
                  value: medium.capacityBytes === null ? null : formatBytes(medium.capacityBytes),
                  hint: exactBytes(medium.capacityBytes),
                },
                { label: say('Used'), value: formatBytes(medium.usedBytes), hint: exactBytes(medium.usedBytes) },
                {
                  label: say('Free'),
                  value: medium.freeBytes === null ? null : formatBytes(medium.freeBytes),
                  hint: exactBytes(medium.freeBytes),
                },
                {
                  label: say('Last written'),
                  value: formatTime(medium.lastWrittenAt),
                  hint: formatUtc(medium.lastWrittenAt),
                },
                { label: say('Expires'), value: formatTime(medium.expiresAt), hint: formatUtc(medium.expiresAt) },
                { label: say('Catalogued'), value: medium.catalogued ? say('Yes') : say('No') },
              ]}
            />
          </FactColumns>
        ),
      },
      { id: 'standing', label: say('Why, or why not'), content: <TapeStanding medium={medium} /> },
      { id: 'points', label: say('Restore points'), content: <TapeAspect medium={medium} aspect="points" /> },
      { id: 'set', label: say('Media set'), content: <TapeAspect medium={medium} aspect="set" /> },
    ],
  };
}
