import type { ReactElement } from 'react';
import { client } from '../../state/connection.ts';
import type { KeyRow } from '../../state/entities.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { countColumn, nameColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';

const columns: readonly GridColumn<KeyRow>[] = [
  nameColumn('name', 'Name', (key) => key.name, { widthPx: 240 }),
  textColumn('hint', 'Hint', (key) => key.hint, { widthPx: 280 }),
  timeColumn('createdAt', 'Added', (key) => key.createdAt),
  countColumn('usedBy', 'Used By', (key) => key.usedBy, { widthPx: 90 }),
];

/** Passphrases of encrypted backups; they go in and never come out. */
export const KeysView = (): ReactElement => (
  <ListView
    kind="key"
    title="Encryption Keys"
    listKey="keys"
    layoutKey="keys"
    columns={columns}
    topics={['keys', 'jobs']}
    idOf={(key) => key.id}
    fetchPage={(request, signal) => client.credentials.keys(request, { signal })}
    empty={
      <Empty
        icon="key"
        title="No keys yet"
        text="A key is a passphrase that backups are encrypted with. Without it nobody reads them, so keep it apart from them as well."
        commands={['new.key']}
      />
    }
  />
);
