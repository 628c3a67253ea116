import type { ReactElement } from 'react';
import type { Overview } from '../state/entities.ts';
import { useOverview } from '../state/overview.ts';
import { BackupsView } from './backups/backups-view.tsx';
import { AuditView } from './history/audit-view.tsx';
import { JobsView } from './jobs/jobs-view.tsx';
import { KeysView } from './keys/keys-view.tsx';
import { LibrariesView } from './libraries/libraries-view.tsx';
import { LibraryView } from './libraries/library-view.tsx';
import { MachinesView } from './machines/machines-view.tsx';
import { MediaView } from './media/media-view.tsx';
import { OperatorView } from './operator/operator-view.tsx';
import { PoolView } from './pools/pool-view.tsx';
import { PoolsView } from './pools/pools-view.tsx';
import { RepositoriesView } from './repositories/repositories-view.tsx';
import { HistoryView, LastDayView } from './sessions/sessions-view.tsx';
import { Welcome } from './welcome.tsx';
import { jobKindNames } from '../../shared/domain/jobs/job-kinds.ts';
import { say } from '../say.ts';

const origins = ['disk', 'copy', 'imported', 'orphaned', 'tape'] as const;
const outcomes = ['running', 'success', 'warning', 'failed', 'stopped'] as const;
const histories = ['jobs', 'restores', 'system'] as const;

/** The word when it is one of those expected, else null. */
function among<T extends string>(values: readonly T[], value: string | undefined): T | null {
  return values.find((other) => other === value) ?? null;
}

function nothingIsSetUp({ jobs, repositories, libraries, last24Hours }: Overview): boolean {
  return (
    Object.values(jobs).reduce((sum, count) => sum + count, 0) +
      repositories +
      libraries.length +
      last24Hours.running ===
    0
  );
}

/** The screen of a node of the tree; a node that is not known shows the list it would stand in. */
export const ViewOfNode = ({ node }: { node: string }): ReactElement => {
  const pools = useOverview((state) => state.overview?.pools);
  const firstStart = useOverview(({ overview }) => overview !== null && nothingIsSetUp(overview));
  const libraries = useOverview((state) => state.overview?.libraries);
  const [view, area, which, part] = node.split('/');
  switch (`${view}/${area}`) {
    case 'home/backups':
      return <BackupsView origin={among(origins, which)} />;
    case 'home/machines':
      return <MachinesView />;
    case 'home/last-24-hours':
      return <LastDayView which={among(outcomes, which)} />;
    case 'infrastructure/repositories':
      return <RepositoriesView />;
    case 'infrastructure/keys':
      return <KeysView />;
    case 'tape/libraries': {
      if (which === undefined) return <LibrariesView />;
      const name = libraries?.find((library) => library.id === which)?.name ?? say('Library');
      if (part !== 'media') return <LibraryView key={which} libraryId={which} drivesOnly={part === 'drives'} />;
      return (
        <MediaView
          title={say`Media in ${name}`}
          listKey={`media/library/${which}`}
          query={{ libraryId: which }}
          place="library"
        />
      );
    }
    case 'tape/media': {
      if (which === undefined) return <MediaView title={say('Media')} listKey="media/all" query={{}} place="all" />;
      const online = which !== 'offline';
      return (
        <MediaView
          title={online ? say('Media Online') : say('Media Offline')}
          listKey={`media/${online ? 'online' : 'offline'}`}
          query={{ online }}
          place={online ? 'online' : 'offline'}
        />
      );
    }
    case 'tape/pools': {
      if (which === undefined) return <PoolsView />;
      const { name, kind } = pools?.find((pool) => pool.id === which) ?? {
        name: say('Media pool'),
        kind: 'custom' as const,
      };
      return <PoolView key={which} poolId={which} name={name} kind={kind} />;
    }
    case 'tape/operator':
      return <OperatorView />;
    case 'history/audit':
      return <AuditView />;
    case 'history/jobs':
    case 'history/restores':
    case 'history/system':
      return <HistoryView which={among(histories, area) ?? 'jobs'} />;
    default:
      if (which === undefined && firstStart) return <Welcome />;
      return <JobsView kind={among(jobKindNames, which)} />;
  }
};
