import { jobKindNames, jobKinds } from '../../shared/domain/jobs/job-kinds.ts';
import type { JobWizardName, WizardName } from '../state/wizards.ts';

/** A chapter of the user guide by its file's name, and a section of it by its heading. */
export interface Topic {
  chapter: string;
  section?: string;
}

const wizards = 'wizards';

const jobTopics = Object.fromEntries(
  jobKinds.map(({ kind, labels }) => [`new-${kind}-job`, { chapter: wizards, section: `New ${labels.title}` }]),
) as Record<JobWizardName, Topic>;

/** What each wizard is about. */
export const wizardTopics: Record<WizardName, Topic> = {
  ...jobTopics,
  'restore-from-tape': { chapter: wizards, section: 'Restore Backup from Tape to Repository' },
  'restore-disks': { chapter: wizards, section: 'Restore Disks' },
  'add-repository': { chapter: wizards, section: 'Add Repository' },
  'add-virtual-library': { chapter: wizards, section: 'Adding a tape library' },
  'attach-library': { chapter: 'tape-libraries' },
  'new-media-pool': { chapter: wizards, section: 'New Media Pool' },
};

/** What each place of the trees is about; the first that the place begins with. */
export const placeTopics: readonly (readonly [place: string, topic: Topic])[] = [
  ...jobKindNames.map((kind) => [`home/jobs/${kind}`, jobTopics[`new-${kind}-job`]] as const),
  ['home/backups', { chapter: 'retention' }],
  ['home/machines', { chapter: 'tape-rotation', section: 'Where every machine is' }],
  ['home/last-24-hours', { chapter: 'troubleshooting' }],
  ['home', { chapter: 'first-steps', section: 'The console at a glance' }],
  ['infrastructure/keys', { chapter: wizards, section: 'Encryption' }],
  ['infrastructure', wizardTopics['add-repository']],
  ['tape/libraries', { chapter: 'tape-libraries' }],
  ['tape/pools', { chapter: 'tape-rotation', section: 'Which tape is next, and why' }],
  ['tape/operator', { chapter: 'tape-rotation', section: 'Every week' }],
  ['tape', { chapter: 'tape-rotation', section: 'Tapes that change their place in life' }],
  ['history/audit', { chapter: 'security' }],
  ['history', { chapter: 'troubleshooting' }],
];

/** What F1 shows: of the wizard that is open, of a session's window, else of the place. */
export function topicOf(at: { wizard: WizardName | null; session: boolean; node: string }): Topic {
  if (at.wizard !== null) return wizardTopics[at.wizard];
  if (at.session) return { chapter: 'troubleshooting' };
  const found = placeTopics.find(([place]) => at.node === place || at.node.startsWith(`${place}/`));
  return found?.[1] ?? { chapter: 'first-steps' };
}
