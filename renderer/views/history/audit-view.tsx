import type { ReactElement } from 'react';
import { client } from '../../state/connection.ts';
import type { AuditRow } from '../../state/entities.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { nameColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { ListView } from '../list-view.tsx';
import { say } from '../../say.ts';

const columns: readonly GridColumn<AuditRow>[] = [
  timeColumn('at', say('Time'), (line) => line.at),
  nameColumn('who', say('Who'), (line) => line.who, { widthPx: 220 }),
  textColumn('action', say('Action'), (line) => line.action, { widthPx: 220 }),
  nameColumn('object', say('Object'), (line) => line.object, { widthPx: 360 }),
];

/** Who did what. */
export const AuditView = (): ReactElement => (
  <ListView
    kind="audit"
    title={say('Audit')}
    listKey="audit"
    layoutKey="audit"
    columns={columns}
    topics={['jobs', 'repositories', 'media', 'libraries', 'pools', 'keys']}
    idOf={(line) => String(line.id)}
    fetchPage={(request, signal) => client.system.audit(request, { signal })}
    empty={
      <EmptyState
        icon="audit"
        title={say('Nothing yet')}
        text={say('Every change of the configuration and every destructive action is written here, with who did it.')}
        actions={[]}
      />
    }
  />
);
