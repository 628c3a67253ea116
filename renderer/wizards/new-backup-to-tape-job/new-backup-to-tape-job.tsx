import { backupToTape, type BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { catalogue } from '../../say.ts';
import { jobWizard } from '../job-pages/job-wizard.tsx';
import { nameStep } from '../job-pages/name-step.tsx';
import { scheduleStep } from '../job-pages/schedule-step.tsx';
import { sourcesStep } from '../job-pages/sources-page.tsx';
import { optionsStep } from './options-step.tsx';
import { incrementalStep, poolStep } from './pool-steps.tsx';

const texts = catalogue({
  title: 'New Backup to Tape Job',
  titleEdit: (name: string) => `Edit Backup to Tape Job: ${name}`,
  namePrefix: 'Backup to Tape Job',
  nameIntro: 'A name for the job that writes backups from disk to tape.',
  backups: 'Backups',
  backupsIntro: 'The backups to write to tape. The job reads them from disk and never touches the machines.',
  continuous: 'As soon as new restore points appear',
} as const);

/** Writes backups from disk to tape. */
export default jobWizard<BackupToTapeSettings>({
  rules: backupToTape,
  texts,
  given: ({ poolId }) => (poolId === undefined ? {} : { fullPoolId: poolId }),
  steps: [
    nameStep(texts.nameIntro),
    sourcesStep({ id: 'backups', title: texts.backups, intro: texts.backupsIntro }),
    poolStep,
    incrementalStep,
    optionsStep,
    scheduleStep(backupToTape.schedules, { continuous: texts.continuous }),
  ],
});
