import type { ReactElement } from 'react';
import { client } from '../../state/connection.ts';
import type { KeyRow } from '../../state/entities.ts';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { countColumn, nameColumn, textColumn, timeColumn } from '../column-kinds.tsx';
import { Empty } from '../empty.tsx';
import { ListView } from '../list-view.tsx';
import { say } from '../../say.ts';

const columns: readonly GridColumn<KeyRow>[] = [
  nameColumn('name', say('Name'), (key) => key.name, { widthPx: 240 }),
  textColumn('hint', say('Hint'), (key) => key.hint, { widthPx: 280 }),
  timeColumn('createdAt', say('Added'), (key) => key.createdAt),
  countColumn('usedBy', say('Used By'), (key) => key.usedBy, { widthPx: 90 }),
];

/** Passphrases of encrypted backups; they go in and never come out. */
export const KeysView = (): ReactElement => (
  <ListView
    kind="key"
    title={say('Encryption Keys')}
    listKey="keys"
    layoutKey="keys"
    columns={columns}
    topics={['keys', 'jobs']}
    idOf={(key) => key.id}
    fetchPage={(request, signal) => client.credentials.keys(request, { signal })}
    empty={
      <Empty
        icon="key"
        title={say('No keys yet')}
        text={say(
          'A key is a passphrase that backups are encrypted with. Without it nobody reads them, so keep it apart from them as well.',
        )}
        commands={['new.key']}
      />
    }
  />
);
