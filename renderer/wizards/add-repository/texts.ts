import { catalogue } from '../../say.ts';

export const texts = catalogue({
  title: 'Add Repository',
  titleEdit: (name: string) => `Edit Repository: ${name}`,
  namePrefix: 'Repository',
  steps: { name: 'Name', folder: 'Folder', options: 'Options', summary: 'Summary' },
  intros: {
    name: 'A repository is a folder on the backup server, or on something mounted there, in which backups live.',
    folder: 'The folder for the backups. It may be new or empty, or hold backups already: they are read and shown.',
    options: 'What protects this repository, and which keys are tried when its backups are read.',
  },
  folder: {
    label: 'Folder',
    hint: 'A path on the backup server.',
    browse: 'Browse…',
    browseTitle: 'Choose a folder on the backup server',
    looking: 'Looking at the folder…',
    fixed: 'The folder of a repository does not change. To use another folder, add it as another repository.',
  },
  found: {
    new: 'The folder does not exist yet. It is made when you finish.',
    empty: 'The folder is there and can be written to.',
    readOnly: 'The folder is there, but the engine may not write to it. Backups in it can be read.',
    known:
      'This folder is a repository already. Its backups are read and shown when you finish; nothing in it is changed.',
    mount: 'It is a mount point of its own.',
    notMount: 'It is part of the same file system as the folder above it.',
    space: (free: string, capacity: string) => `${free} free of ${capacity}.`,
  },
  options: {
    requireMount: 'Use this folder only while something is mounted there',
    requireMountHint:
      'For NFS, SMB and removable disks: with the mount missing, nothing is written to the disk underneath.',
    requireMountNow: 'Nothing is mounted at this folder now, so the repository would be unavailable until it is.',
    keys: 'Keys tried when backups are read',
    keyName: 'Key',
    keyHint: 'Hint',
    noKeys: 'There is no key. Add one when this repository holds encrypted backups.',
    addKey: 'Add key…',
  },
  summary: {
    happens: 'What will happen',
    choices: 'Your choices',
    make: (path: string) => `The folder ${path} is made.`,
    add: (name: string) => `The folder is added as repository “${name}”.`,
    read: 'Backups found in it are read and shown, at once; you can watch the session.',
    fresh: 'It has no backups yet. Jobs can write to it from then on.',
    change: (name: string) => `The settings of repository “${name}” change at once. Files stay as they are.`,
    name: 'Name',
    folder: 'Folder',
    mount: 'Mount check',
    on: 'on',
    off: 'off',
    keys: 'Keys',
    noKeys: 'none',
  },
  problems: {
    taken: 'There already is a repository with this name.',
    needed: 'Enter a folder.',
    absolute: 'Enter the whole path, from the root.',
    notMade:
      'The folder is not there, and the mount check needs something mounted at it. Mount it first, or switch the check off.',
  },
} as const);
