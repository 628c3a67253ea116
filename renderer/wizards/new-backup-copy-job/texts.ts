import { catalogue } from '../../say.ts';

export const texts = catalogue({
  title: 'New Backup Copy Job',
  titleEdit: (name: string) => `Edit Backup Copy Job: ${name}`,
  namePrefix: 'Backup Copy Job',
  steps: { name: 'Name and Mode', objects: 'Objects', target: 'Target', schedule: 'Schedule', summary: 'Summary' },
  intros: {
    name: 'A name for the job, and when it copies.',
    objects: 'The backups to copy: those of jobs, or everything in a repository, also what is added to it later.',
    target: 'Where the copies go, and how long they stay there. Copies have a retention of their own.',
    scheduleImmediate: 'In immediate mode the job always runs and copies what appears.',
    schedulePeriodic: 'When the job copies the newest restore points.',
  },
  mode: {
    label: 'Copy mode',
    immediate: 'Immediate copy',
    immediateText: 'Copies every new restore point as soon as it appears.',
    periodic: 'Periodic copy',
    periodicText: 'Copies the newest restore point of each machine, at the times you set.',
  },
  target: {
    advanced: 'Advanced: compression, encryption',
    codec: 'Compression',
    codecs: {
      keep: 'Keep as in the source: fastest',
      zstd: 'Zstandard: smallest',
      lz4: 'LZ4: least processor time',
      none: 'None',
    },
    keyHint: 'Copies are encrypted with this key, whatever the source is encrypted with.',
  },
  schedule: {
    continuous: 'Nothing to set here: the job copies continuously. It can be disabled and enabled in the job list.',
  },
  problems: {
    repository: 'Choose a repository.',
    sameRepository: (name: string) => `“${name}” is one of the sources. Copies have to go to another repository.`,
    besideSource: (job: string, repository: string) =>
      `“${job}” writes to “${repository}” itself: a copy beside its source is no second copy. Choose another one.`,
  },
  summary: {
    name: 'Name',
    mode: 'Mode',
    objects: 'Objects',
    excluded: 'Left out',
    nothing: 'nothing',
    target: 'Target',
    retention: 'Retention',
    storage: 'Storage',
    encrypted: 'encrypted',
    schedule: 'Schedule',
    allOf: (repository: string) => `all of ${repository}`,
  },
} as const);
