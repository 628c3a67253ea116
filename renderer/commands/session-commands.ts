import { client } from '../state/connection.ts';
import type { EntityRows } from '../state/entities.ts';
import { goTo } from '../state/navigation.ts';
import { openSession } from '../state/session-windows.ts';
import { actOnEach, named } from './acting.ts';
import { commandLine } from './command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';

const nameOf = (session: EntityRows['session']): string => session.name;

/** What can be done to sessions. */
export const sessionCommands: readonly Command[] = [
  rowCommand('session', {
    id: 'session.open',
    group: 'Session',
    label: 'Open',
    icon: 'open',
    one: true,
    offline: true,
    run: ([session]) => {
      if (session !== undefined) openSession(session.id);
    },
  }),
  rowCommand('session', {
    id: 'session.stop',
    group: 'Session',
    label: 'Stop',
    icon: 'stop',
    enabled: (rows) => every(rows, (session) => (session.endedAt === null ? true : `“${session.name}” has ended.`)),
    line: (rows) => onlyOne(rows, (row) => commandLine('session', 'cancel', row.id)),
    run: (rows) =>
      void actOnEach(
        rows,
        nameOf,
        (session) => client.sessions.cancel({ id: session.id }),
        () => `Stopping ${named(rows, nameOf, 'session')}; what is committed stays.`,
        'Not stopped',
      ),
  }),
  rowCommand('session', {
    id: 'session.job',
    group: 'Go To',
    label: 'Its Job',
    icon: 'job',
    one: true,
    offline: true,
    enabled: ([session]) => (session?.jobId == null ? 'No job began it.' : true),
    run: ([session]) => {
      if (session?.jobId != null) goTo('home/jobs', session.jobId);
    },
  }),
];
