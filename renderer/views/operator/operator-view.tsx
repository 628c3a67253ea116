import type { ReactElement } from 'react';
import type { MediaRow, PoolRow } from '../../../shared/contract/tape.ts';
import { formatBytes } from '../../../shared/domain/format.ts';
import { client } from '../../state/connection.ts';
import { useOverview } from '../../state/overview.ts';
import { useQuery } from '../../state/query.ts';
import { openSession } from '../../state/session-windows.ts';
import { operatorTexts, poolKindWords } from '../../texts.ts';
import { LinkButton, PrintArea } from '../../ui/print-area.tsx';
import { SmallButton } from '../../ui/menu-button.tsx';
import { SimpleTable } from '../../ui/simple-table.tsx';
import { StatusIcon } from '../../ui/status-icon.tsx';
import { ViewFrame } from '../../ui/view-frame.tsx';
import { shownMedium } from '../states.ts';
import { say } from '../../say.ts';

const listLimit = 200;

const tapeHeaders = [say('Barcode'), say('Location'), say('Media pool'), say('State'), say('Why')] as const;
const tapeRows = (media: readonly MediaRow[]): { id: string; cells: ReactElement[] | (string | ReactElement)[] }[] =>
  media.map((medium) => ({
    id: medium.id,
    cells: [
      medium.barcode,
      medium.where,
      medium.poolName,
      <StatusIcon key="state" {...shownMedium(medium)} />,
      medium.stateReason,
    ],
  }));

/** What an operator has to do at the libraries, on one printable page. */
export const OperatorView = (): ReactElement => {
  const attention = useOverview((state) => state.overview?.attention) ?? [];
  const out = useQuery('operator/out', ['media'], (signal) =>
    client.media.list(
      { online: true, limit: listLimit, filters: { state: ['damaged', 'suspect', 'retired'] } },
      { signal },
    ),
  );
  const mail = useQuery('operator/mail', ['libraries', 'media'], async (signal) => {
    const libraries = await client.tape.libraries({ limit: listLimit }, { signal });
    const online = libraries.rows.filter((library) => library.state === 'online');
    const all = await Promise.all(online.map((library) => client.tape.library({ id: library.id }, { signal })));
    return all.flatMap((library) =>
      library.elements
        .filter((element) => element.type === 'import-export' && element.full)
        .map((element) => ({ library: library.name, element })),
    );
  });
  const back = useQuery('operator/back', ['media'], (signal) =>
    client.media.list(
      { online: false, limit: listLimit, filters: { state: ['expired', 'free', 'empty'] } },
      { signal },
    ),
  );
  const pools = useQuery('operator/pools', ['pools', 'media'], (signal) =>
    client.pools.list({ limit: listLimit }, { signal }),
  );
  const poolCells = (pool: PoolRow): string[] => [
    pool.name,
    poolKindWords[pool.kind],
    say`${pool.onlineCount} of ${pool.mediaCount}`,
    formatBytes(pool.freeBytes),
    pool.nextTape ?? operatorTexts.noNextTape,
  ];
  return (
    <ViewFrame
      title={operatorTexts.title}
      toolbar={<SmallButton label={operatorTexts.print} icon="print" run={() => window.print()} />}
    >
      <PrintArea>
        <SimpleTable
          caption={operatorTexts.attention}
          headers={[operatorTexts.what]}
          none={operatorTexts.nothing}
          rows={attention.map((item, at) => ({
            id: String(at),
            cells: [
              item.sessionId === null ? (
                item.text
              ) : (
                <LinkButton key="open" label={item.text} run={() => openSession(item.sessionId ?? '')} />
              ),
            ],
          }))}
        />
        <SimpleTable
          caption={operatorTexts.mail}
          headers={[say('Library'), say('Mail slot'), say('Barcode'), say('Media pool')]}
          none={operatorTexts.mailNone}
          rows={(mail.data ?? []).map(({ library, element }) => ({
            id: `${library}/${element.address}`,
            cells: [library, element.name, element.barcode ?? say('No barcode'), element.poolName ?? ''],
          }))}
        />
        <SimpleTable
          caption={operatorTexts.takeOut}
          headers={tapeHeaders}
          none={operatorTexts.takeOutNone}
          rows={tapeRows(out.data?.rows ?? [])}
        />
        <SimpleTable
          caption={operatorTexts.bringIn}
          headers={tapeHeaders}
          none={operatorTexts.bringInNone}
          rows={tapeRows(back.data?.rows ?? [])}
        />
        <SimpleTable
          caption={operatorTexts.pools}
          headers={[say('Media pool'), say('Type'), say('Tapes online'), say('Free'), say('Next tape')]}
          none={operatorTexts.nothing}
          rows={(pools.data?.rows ?? []).map((pool) => ({ id: pool.id, cells: poolCells(pool) }))}
        />
      </PrintArea>
    </ViewFrame>
  );
};
