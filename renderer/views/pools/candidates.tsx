import type { ReactElement } from 'react';
import { client } from '../../state/connection.ts';
import type { Candidates } from '../../state/entities.ts';
import { useQuery } from '../../state/query.ts';
import { QuietLine } from '../../ui/details-pane.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { GridColumn } from '../../ui/grid/columns.ts';
import { Note } from '../../ui/note.tsx';
import { statusColumn, textColumn } from '../column-kinds.tsx';
import { LocalList } from '../local-list.tsx';
import { say } from '../../say.ts';

type Candidate = Candidates['candidates'][number];

const columns: readonly GridColumn<Candidate>[] = [
  textColumn('rank', say('Rank'), (candidate) => (candidate.rank === null ? '' : String(candidate.rank)), {
    widthPx: 60,
  }),
  textColumn('barcode', say('Barcode'), (candidate) => candidate.barcode, { widthPx: 130 }),
  statusColumn(
    'usable',
    say('Usable'),
    (candidate) => (candidate.usable ? { shape: 'success', word: say('Yes') } : { shape: 'none', word: say('No') }),
    {
      widthPx: 90,
      filter: [
        { value: 'true', label: say('Yes') },
        { value: 'false', label: say('No') },
      ],
    },
  ),
  textColumn('reason', say('Why, or why not'), (candidate) => candidate.reason, { widthPx: 620 }),
];

/** Which tape a pool would write next, and for every other one why not. */
export const CandidateList = ({ poolId }: { poolId: string }): ReactElement => {
  const { data, problem } = useQuery(`candidates/${poolId}`, ['media', 'pools', 'libraries'], (signal) =>
    client.media.candidates({ poolId }, { signal }),
  );
  if (data === null) return <QuietLine>{problem?.message ?? say('Loading…')}</QuietLine>;
  return (
    <>
      <Note>{data.decision}</Note>
      <LocalList
        title={say('Why not this one?')}
        layoutKey="candidates"
        titleHidden
        columns={columns}
        rows={data.candidates}
        idOf={(candidate) => candidate.mediaId}
        empty={
          <EmptyState
            icon="tape"
            title={say('No tapes')}
            text={say('No tape is known that this pool could take.')}
            actions={[]}
          />
        }
      />
    </>
  );
};
