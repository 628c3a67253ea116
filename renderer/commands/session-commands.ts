import { client } from '../state/connection.ts';
import type { EntityRows } from '../state/entities.ts';
import { goTo } from '../state/navigation.ts';
import { openSession } from '../state/session-windows.ts';
import { actOnEach, named } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';
import { say } from '../say.ts';

const nameOf = (session: EntityRows['session']): string => session.name;

/** What can be done to sessions. */
export const sessionCommands: readonly Command[] = [
  rowCommand('session', {
    id: 'session.open',
    group: say('Session'),
    label: say('Open'),
    icon: 'open',
    one: true,
    offline: true,
    run: ([session]) => {
      if (session !== undefined) openSession(session.id);
    },
  }),
  rowCommand('session', {
    id: 'session.stop',
    group: say('Session'),
    label: say('Stop'),
    icon: 'stop',
    enabled: (rows) => every(rows, (session) => (session.endedAt === null ? true : say`“${session.name}” has ended.`)),
    line: (rows) => onlyOne(rows, (row) => commandLine('session', 'cancel', row.id)),
    run: (rows) =>
      void actOnEach(
        rows,
        nameOf,
        (session) => client.sessions.cancel({ id: session.id }),
        () => say`Stopping ${named(rows, nameOf, 'session')}; what is committed stays.`,
        say('Not stopped'),
      ),
  }),
  rowCommand('session', {
    id: 'session.job',
    group: say('Go To'),
    label: say('Its Job'),
    icon: 'job',
    one: true,
    offline: true,
    enabled: ([session]) => (session?.jobId == null ? say('No job began it.') : true),
    run: ([session]) => {
      if (session?.jobId != null) goTo('home/jobs', session.jobId);
    },
  }),
];
