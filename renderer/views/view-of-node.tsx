import type { ReactElement } from 'react';
import { JobsView } from './jobs/jobs-view.tsx';

/** The screen of a node of the tree. */
export const ViewOfNode = ({ node }: { node: string }): ReactElement => {
  switch (node) {
    case 'home/jobs/backup':
      return <JobsView kind="backup" />;
    case 'home/jobs/backup-copy':
      return <JobsView kind="backup-copy" />;
    case 'home/jobs/backup-to-tape':
      return <JobsView kind="backup-to-tape" />;
    default:
      return <JobsView kind={null} />;
  }
};
