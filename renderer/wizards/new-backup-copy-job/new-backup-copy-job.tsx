import { backupCopy, type BackupCopySettings } from '../../../shared/domain/jobs/backup-copy.ts';
import { catalogue } from '../../say.ts';
import { jobWizard } from '../job-pages/job-wizard.tsx';
import { sourcesStep } from '../job-pages/sources-page.tsx';
import { nameAndModeStep } from './name-and-mode-step.tsx';
import { targetStep } from './target-step.tsx';
import { whenStep } from './when-step.tsx';

const texts = catalogue({
  title: 'New Backup Copy Job',
  titleEdit: (name: string) => `Edit Backup Copy Job: ${name}`,
  namePrefix: 'Backup Copy Job',
  objects: 'Objects',
  objectsIntro: 'The backups to copy: those of jobs, or everything in a repository, also what is added to it later.',
} as const);

/** Copies restore points to a second repository. */
export default jobWizard<BackupCopySettings>({
  rules: backupCopy,
  texts,
  steps: [
    nameAndModeStep,
    sourcesStep({ id: 'objects', title: texts.objects, intro: texts.objectsIntro }),
    targetStep,
    whenStep,
  ],
});
