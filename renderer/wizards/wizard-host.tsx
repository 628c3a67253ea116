import type { ReactElement } from 'react';
import { later } from '../later.tsx';
import { client } from '../state/connection.ts';
import { closeWizard, type JobWizardName, type OpenWizard, useWizards } from '../state/wizards.ts';
import { windowPartTexts } from '../texts.ts';
import { WindowPart } from '../ui/window-part.tsx';
import { useUncoverPage } from '../ui/wizard/uncover-page.ts';
import { EngineContext } from './engine.ts';
import { type KeptDrafts, KeptDraftsContext } from './kept-drafts.ts';
import type { WizardResult } from './wizard-result.ts';

/** The wizards of jobs; a new kind has its line here. */
const jobWizards = {
  'new-backup-job': later(() => import('./new-backup-job/new-backup-job.tsx')),
  'new-backup-copy-job': later(() => import('./new-backup-copy-job/new-backup-copy-job.tsx')),
  'new-backup-to-tape-job': later(() => import('./new-backup-to-tape-job/new-backup-to-tape-job.tsx')),
} satisfies Record<JobWizardName, unknown>;
const RestoreFromTape = later(() => import('./restore-from-tape/restore-from-tape.tsx'));
const AddRepository = later(() => import('./add-repository/add-repository.tsx'));
const AttachLibrary = later(() => import('./attach-library/attach-library.tsx'));
const AddVirtualLibrary = later(() => import('./add-virtual-library/add-virtual-library.tsx'));
const NewMediaPool = later(() => import('./new-media-pool/new-media-pool.tsx'));
const RestoreDisks = later(() => import('./restore-disks/restore-disks.tsx'));

/** As long as the page lives: the host itself goes away when the console asks for a sign-in. */
const kept: KeptDrafts = new Map();

useWizards.subscribe((state) => {
  if (state.open === null) kept.clear();
});

const OpenOne = ({ open, onDone }: { open: OpenWizard; onDone: (result: WizardResult) => void }): ReactElement => {
  const ends = { onDone, onClose: closeWizard };
  switch (open.name) {
    case 'restore-from-tape':
      return <RestoreFromTape props={open.props} {...ends} />;
    case 'add-repository':
      return <AddRepository props={open.props} {...ends} />;
    case 'add-virtual-library':
      return <AddVirtualLibrary props={open.props} {...ends} />;
    case 'attach-library':
      return <AttachLibrary props={open.props} {...ends} />;
    case 'new-media-pool':
      return <NewMediaPool props={open.props} {...ends} />;
    case 'restore-disks':
      return <RestoreDisks props={open.props} {...ends} />;
    default: {
      const JobWizard = jobWizards[open.name];
      return <JobWizard props={open.props} {...ends} />;
    }
  }
};

/**
 * The open wizard, loaded when it is first wanted. A finished one closes; where the engine began a session, the
 * session's window opens.
 */
export const WizardHost = ({ openSession }: { openSession: (sessionId: string) => void }): ReactElement | null => {
  useUncoverPage();
  const open = useWizards((state) => state.open);
  if (open === null) return null;
  const onDone = (result: WizardResult): void => {
    closeWizard();
    if (result.sessionId != null) openSession(result.sessionId);
  };
  return (
    <EngineContext value={client}>
      <KeptDraftsContext value={kept}>
        <WindowPart key={JSON.stringify(open)} texts={windowPartTexts} onClose={closeWizard}>
          <OpenOne open={open} onDone={onDone} />
        </WindowPart>
      </KeptDraftsContext>
    </EngineContext>
  );
};
