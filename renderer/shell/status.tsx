import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { SessionRow } from '../../shared/contract/sessions.ts';
import { client, useConnection } from '../state/connection.ts';
import { goTo } from '../state/navigation.ts';
import { useOverview } from '../state/overview.ts';
import { useQuery } from '../state/query.ts';
import { openSession } from '../state/session-windows.ts';
import { connectionTexts, shellTexts, statusTexts } from '../texts.ts';
import type { MenuEntry } from '../ui/context-menu.tsx';
import { StatusBar, type StatusPart } from '../ui/status-bar.tsx';
import { shownSession } from '../views/states.ts';

const runningLimit = 20;

/** Where a remark about something leads when it names no session. */
const placeOfAttention = {
  'waiting-tape': 'tape/operator',
  'failed-job': 'home/jobs',
  'low-space': 'infrastructure/repositories',
  'library-offline': 'tape/libraries',
  'repository-unavailable': 'infrastructure/repositories',
} as const;

/** What the session that ended last came to, in a few words; empty before the first. */
function useLastEnd(running: readonly SessionRow[] | null): string {
  const [said, setSaid] = useState('');
  const before = useRef<readonly SessionRow[]>([]);
  useEffect(() => {
    if (running === null) return undefined;
    const ended = before.current.find((session) => running.every((other) => other.id !== session.id));
    before.current = running;
    if (ended === undefined) return undefined;
    let current = true;
    client.sessions.get({ id: ended.id }).then(
      ({ session }) => {
        if (current) setSaid(statusTexts.ended(session.name, shownSession(session).word));
      },
      // The session was removed, or the engine is away, which is said elsewhere.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [running]);
  return said;
}

/** The status bar: the engine, running sessions, tapes that someone has to bring, and warnings. */
export const ShellStatus = (): ReactElement => {
  const connection = useConnection();
  const overview = useOverview((state) => state.overview);
  const running = useQuery('running', ['sessions'], (signal) =>
    client.sessions.list({ running: true, limit: runningLimit }, { signal }),
  );
  const sessions = running.data?.rows ?? [];
  const said = useLastEnd(running.data?.rows ?? null);
  const attention = overview?.attention ?? [];
  const waiting = attention.filter((item) => item.kind === 'waiting-tape');
  const others = attention.filter((item) => item.kind !== 'waiting-tape');
  const entriesOf = (items: typeof attention): MenuEntry[] =>
    items.map((item, at) => ({
      id: `${item.kind}-${at}`,
      label: item.text,
      run: () => {
        if (item.sessionId !== null) openSession(item.sessionId);
        else goTo(placeOfAttention[item.kind]);
      },
    }));
  const parts: StatusPart[] = [
    connection.phase === 'online'
      ? { id: 'engine', shape: 'success', word: connectionTexts.online(connection.info?.hostName ?? '') }
      : {
          id: 'engine',
          shape: 'offline',
          word: connection.phase === 'failed' ? connectionTexts.failed : connectionTexts.lost,
        },
    {
      id: 'running',
      shape: sessions.length === 0 ? 'none' : 'running',
      word:
        sessions.length === 0 ? statusTexts.nothingRuns : statusTexts.running(running.data?.total ?? sessions.length),
      listLabel: statusTexts.runningList,
      entries: sessions.map((session) => ({
        id: session.id,
        label: `${session.name}: ${shownSession(session).word}${
          session.progressPercent === null ? '' : `, ${Math.floor(session.progressPercent)} %`
        }`,
        run: () => openSession(session.id),
      })),
    },
  ];
  if (waiting.length > 0) {
    parts.push({
      id: 'tapes',
      shape: 'waiting',
      word: statusTexts.waitingForTape(waiting.length),
      listLabel: statusTexts.attentionList,
      entries: entriesOf(waiting),
    });
  }
  if (others.length > 0) {
    parts.push({
      id: 'attention',
      shape: 'warning',
      word: statusTexts.attention(others.length),
      listLabel: statusTexts.attentionList,
      entries: entriesOf(others),
    });
  }
  if (connection.info !== null) {
    parts.push({ id: 'version', word: `${shellTexts.product} ${connection.info.version}`, end: true });
  }
  return <StatusBar label={shellTexts.statusBar} parts={parts} said={said} />;
};
