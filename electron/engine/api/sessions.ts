import { OperationError } from '../errors.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

/** A retry of a retry of a retry: no tree is larger in earnest. */
const treeLimit = 500;

const unknownSession = () =>
  new OperationError('There is no such session.', 'It may have been removed from the history.', { kind: 'not-found' });

export const sessionsApi = ({ sessions, audit, commits }: Services) => {
  const respond = responder(commits);
  return {
    list: os.sessions.list.handler(({ input }) =>
      respond(() => {
        const page = sessions.store.page(input);
        const live = new Map(sessions.running().map((session) => [session.id, session]));
        return { rows: page.rows.map((row) => live.get(row.id) ?? row), total: page.total };
      }),
    ),
    get: os.sessions.get.handler(({ input }) =>
      respond(() => {
        const picture = sessions.picture(input.id);
        if (!picture) throw unknownSession();
        return picture;
      }),
    ),
    tree: os.sessions.tree.handler(({ input }) =>
      respond(() => {
        const rows = sessions.store.tree(input.id, treeLimit);
        if (rows.length === 0) throw unknownSession();
        const live = new Map(sessions.running().map((session) => [session.id, session]));
        return rows.map((row) => live.get(row.id) ?? row);
      }),
    ),
    follow: os.sessions.follow.handler(({ input, signal }) =>
      respond(() => {
        if (!sessions.picture(input.id)) throw unknownSession();
        return sessions.follow(input.id, signal);
      }),
    ),
    cancel: os.sessions.cancel.handler(({ input, context }) =>
      respond(() => {
        const picture = sessions.picture(input.id);
        if (!picture) throw unknownSession();
        if (!sessions.cancel(input.id, `Stopped by ${context.who}.`)) {
          throw new OperationError('This session has ended already.');
        }
        audit(context.who, 'session.cancel', picture.session.name);
        return ok;
      }),
    ),
  };
};
