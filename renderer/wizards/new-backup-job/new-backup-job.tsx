import { backup, type BackupSettings } from '../../../shared/domain/jobs/backup.ts';
import { catalogue } from '../../say.ts';
import type { Engine } from '../engine.ts';
import { jobWizard } from '../job-pages/job-wizard.tsx';
import { nameStep } from '../job-pages/name-step.tsx';
import { scheduleStep } from '../job-pages/schedule-step.tsx';
import type { JobDraft } from '../job-pages/settings-draft.ts';
import { repositoryStep } from './repository-step.tsx';
import { sourceStep } from './source-step.tsx';

const texts = catalogue({
  title: 'New Backup Job',
  titleEdit: (name: string) => `Edit Backup Job: ${name}`,
  namePrefix: 'Backup Job',
  nameIntro: 'A name under which you will find this job and its backups again.',
} as const);

/** More disks than this are not looked at only to show their sizes. */
const mostInspected = 200;

/** Sizes of the disks of an edited job; one that cannot be read now stays without a size. */
const withSizes = async (
  draft: JobDraft<BackupSettings>,
  engine: Engine,
  signal: AbortSignal,
): Promise<JobDraft<BackupSettings>> => {
  if (draft.machines.flatMap((machine) => machine.disks).length > mostInspected) return draft;
  const machines = await Promise.all(
    draft.machines.map(async (machine) => ({
      ...machine,
      disks: await Promise.all(
        machine.disks.map(async (disk) => {
          const seen = await engine.sources.inspectDisk({ path: disk.path }, { signal }).catch(() => null);
          return { ...disk, sizeBytes: seen?.sizeBytes ?? null };
        }),
      ),
    })),
  );
  return { ...draft, machines };
};

/** Backs up machines to a repository. */
export default jobWizard<BackupSettings>({
  rules: backup,
  texts,
  complete: withSizes,
  steps: [nameStep(texts.nameIntro), sourceStep, repositoryStep, scheduleStep(backup.schedules)],
});
