import { byEachKind } from '../shared/domain/jobs/job-kinds.ts';
import { type OutcomeKind, outcomeKinds, outcomeWords as wordsOfOutcome } from '../shared/domain/outcomes.ts';
import { catalogue } from './say.ts';

/** Every text of the console's frame and screens, by area, in one place; the wizards have their own catalogue. */

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const gridTexts = catalogue({
  columns: 'Columns',
  export: 'Export as CSV',
  search: 'Search',
  clearSearch: 'Clear the search',
  nothingMatches: 'Nothing matches the search or the filters.',
  showAll: 'Show everything',
  loading: 'Loading…',
  retry: 'Try again',
  sortAscending: 'Sort ascending',
  sortDescending: 'Sort descending',
  moveLeft: 'Move left',
  moveRight: 'Move right',
  wider: 'Wider',
  narrower: 'Narrower',
  hideColumn: 'Hide this column',
  resetLayout: 'Reset this layout',
  clearFilter: 'No filter',
  lastColumn: 'One column stays.',
  noFilter: 'Nothing is filtered.',
  rowMenu: 'Actions',
  columnMenu: 'Column',
  noClipboard: 'The clipboard is not available.',
  notRead: 'The rows could not be read.',
  count: (total: number, selected: number): string =>
    selected > 1
      ? `${selected.toLocaleString('en')} of ${total.toLocaleString('en')} selected`
      : total.toLocaleString('en'),
  cut: (limit: number): string => `Only the first ${limit.toLocaleString('en')} rows were taken.`,
} as const);

export const shellTexts = catalogue({
  product: 'Reelvault',
  ribbon: 'Commands',
  minimiseRibbon: 'Minimise the ribbon',
  expandRibbon: 'Expand the ribbon',
  palette: 'Find a command',
  paletteHint: 'Type what you want to do or where you want to go',
  paletteNothing: 'No command has these words.',
  paletteLine: 'Ctrl+Alt+C copies the command line.',
  lineCopied: 'The command line is in the clipboard.',
  lineNotCopied: 'The clipboard is not available.',
  sameAsCommand: 'The same as a command',
  tree: 'Navigation',
  views: 'Views',
  treeSplitter: 'Width of the navigation',
  detailsSplitter: 'Height of the details',
  statusBar: 'Status',
  nothingSelected: 'Select something to see its details.',
  severalSelected: (count: number): string => `${count.toLocaleString('en')} selected`,
  cancel: 'Cancel',
  close: 'Close',
  theme: 'Theme',
  themeSystem: 'As the system',
  themeLight: 'Light',
  themeDark: 'Dark',
  themeContrast: 'High contrast',
  signOut: 'Sign out',
  brokenPart: 'This part of the console has failed.',
  brokenAdvice: 'The rest goes on; nothing in the engine is affected.',
  again: 'Show it again',
} as const);

export const helpTexts = catalogue({
  title: 'User guide',
  chapters: 'Chapters',
  help: 'Help',
} as const);

export const connectionTexts = catalogue({
  connecting: 'Connecting to the engine…',
  online: (host: string): string => `Connected to ${host}`,
  lost: 'Connection lost',
  failed: 'Engine not started',
  lostBanner: (time: string): string =>
    `The engine cannot be reached.${time === '' ? '' : ` What is shown is from ${time}.`} The console reconnects by itself.`,
  failedTitle: 'The engine did not start',
  failedAdvice: 'Backups and tapes are untouched. Mend what the message names; the console tries again by itself.',
  retry: 'Try now',
  awayRefusal: 'The engine cannot be reached.',
  updatedLabel: 'Update',
  updated: (version: string): string =>
    `The server runs version ${version} now, this page is from the one before. Finish what you are entering, then reload.`,
  missingTitle: 'The console could not be loaded',
  missing: 'A part of this page did not come from the server.',
  missingAdvice: 'The server may just have been updated: reload the page. If that does not help, check that it runs.',
  reload: 'Reload the page',
} as const);

export const windowPartTexts = catalogue({
  title: 'This window cannot be shown',
  text: 'It failed, or its program did not come from the server. Nothing in the engine is affected.',
  advice: 'Close it and open it again. If the server was updated since this page was opened, reload the page.',
  reload: 'Reload the page',
  close: 'Close',
} as const);

export const signInTexts = catalogue({
  setTitle: 'Set the password of this console',
  setText: 'Everyone who knows it can run, change and delete backups here. Choose at least 12 characters.',
  title: 'Sign in',
  text: (host: string): string => `Reelvault on ${host}`,
  password: 'Password',
  repeat: 'Password again',
  differ: 'The two passwords are not the same.',
  set: 'Set password',
  signIn: 'Sign in',
  noToken: 'Open the address that the server printed when it started: it carries a one-time token.',
  wait: (seconds: number): string => `Try again in ${seconds} s.`,
} as const);

export const statusTexts = catalogue({
  running: (count: number): string => counted(count, 'session running', 'sessions running'),
  nothingRuns: 'Nothing runs',
  ended: (name: string, result: string): string => `${name}: ${result}`,
  waitingForTape: (count: number): string => counted(count, 'session waits for a tape', 'sessions wait for a tape'),
  attention: (count: number): string => counted(count, 'thing needs someone', 'things need someone'),
  noAttention: 'Nothing needs someone',
  runningList: 'Running sessions',
  attentionList: 'What needs someone',
} as const);

/** Of one machine, tape or file of a session. */
export const outcomeWords = catalogue(
  Object.fromEntries(outcomeKinds.map((kind) => [kind, wordsOfOutcome(kind)])) as Record<OutcomeKind, string>,
);

export const resultWords = catalogue({
  success: 'Success',
  warning: 'Warning',
  failed: 'Failed',
  stopped: 'Stopped',
} as const);

export const stateWords = catalogue({
  starting: 'Starting',
  working: 'Working',
  'waiting-tape': 'Waiting for a tape',
  'waiting-repository': 'Waiting for a repository',
  'waiting-window': 'Waiting for its time window',
  postprocessing: 'Finishing',
  stopping: 'Stopping',
  idle: 'Idle',
} as const);

export const jobKindWords = catalogue(byEachKind(({ labels }) => labels.run));

export const sessionKindWords = catalogue({
  ...byEachKind(({ labels }) => labels.run),
  'restore-from-tape': 'Restore from tape',
  'restore-disk': 'Restore of disks',
  rescan: 'Rescan',
  verify: 'Verification',
  delete: 'Deletion',
  inventory: 'Inventory',
  catalog: 'Catalogue',
  erase: 'Erasure',
  move: 'Move',
  export: 'Export',
  import: 'Import',
  sample: 'Sample set-up',
} as const);

export const originWords = catalogue({
  disk: 'Disk',
  copy: 'Disk (copy)',
  imported: 'Disk (imported)',
  orphaned: 'Disk (orphaned)',
  tape: 'Tape',
} as const);

export const pointKindWords = catalogue({ full: 'Full', increment: 'Increment' } as const);

export const pointStateWords = catalogue({
  complete: 'Complete',
  incomplete: 'Incomplete',
  corrupt: 'Corrupt',
  missing: 'Missing',
  unavailable: 'Not available',
} as const);

export const mediaStateWords = catalogue({
  unknown: 'Unknown',
  foreign: 'Foreign',
  blank: 'Blank',
  free: 'Free',
  empty: 'Empty',
  open: 'Open',
  closed: 'Closed',
  expired: 'Expired',
  'in-use': 'In use',
  suspect: 'Suspect',
  damaged: 'Damaged',
  retired: 'Retired',
  cleaning: 'Cleaning',
} as const);

export const poolKindWords = catalogue({
  free: 'Free',
  unrecognized: 'Unrecognized',
  imported: 'Imported',
  retired: 'Retired',
  custom: 'Custom',
} as const);

export const bottleneckWords = catalogue({
  source: 'Source',
  processing: 'Processing',
  network: 'Network',
  target: 'Target',
  tape: 'Tape',
} as const);

export const levelWords = catalogue({
  info: 'Information',
  success: 'Success',
  warning: 'Warning',
  error: 'Error',
} as const);

export const taskStateWords = catalogue({ pending: 'Pending', working: 'Working', done: 'Done' } as const);

export const libraryTexts = catalogue({
  library: 'Library',
  picture: 'Picture',
  list: 'List',
  offline: 'The library is offline',
  offlineText: 'It does not answer. Its tapes are listed as they were last seen.',
  robot: 'Robot',
  robotIdle: 'at rest',
  robotHolds: (barcode: string): string => `holds ${barcode}`,
  moved: (move: { barcode: string; from: string; to: string }): string => `${move.barcode}: ${move.from} → ${move.to}`,
  drives: 'Drives',
  mailSlots: 'Mail slots',
  slots: 'Slots',
  slotCount: (full: number, total: number): string => `${full} of ${total} full`,
} as const);

export const operatorTexts = catalogue({
  title: 'Operator’s List',
  print: 'Print',
  what: 'What',
  attention: 'Needs someone now',
  nothing: 'Nothing.',
  mail: 'In the mail slots: take these out, or import them',
  mailNone: 'The mail slots are empty.',
  takeOut: 'Take out and retire',
  takeOutNone: 'No tape in a library is damaged, suspect or retired.',
  bringIn: 'May be brought in to be written again',
  bringInNone: 'No tape on the shelf can be written again.',
  pools: 'Free tapes by media pool',
  noNextTape: 'None',
} as const);

export const sessionTexts = catalogue({
  window: (name: string): string => `Session: ${name}`,
  loading: 'Loading the session…',
  stop: 'Stop',
  stopped: 'Stopping; what is committed stays.',
  notStopped: 'Not stopped',
  close: 'Close',
  copyLog: 'Copy log',
  earlierRun: 'Earlier run',
  laterRun: 'Later run',
  runOf: (number: number, total: number): string =>
    `Run ${number.toLocaleString('en')} of ${total.toLocaleString('en')}`,
  copied: 'The log is in the clipboard.',
  notCopied: 'The clipboard is not available.',
  progress: 'Progress',
  tasks: 'Tasks',
  parts: 'Parts',
  tree: (count: number): string => `Session tree (${count.toLocaleString('en')})`,
  treeLabel: 'Sessions that belong together',
  log: 'Log',
  allLines: 'Whole log',
  linesOf: (task: string): string => `Log of ${task}`,
  noLog: 'Nothing was written yet.',
  noTasks: 'No tasks yet',
  noTasksText: 'Each machine or tape that is worked on is a task.',
  advice: 'What to do',
  throughput: 'Throughput',
  read: 'Read',
  written: 'Written',
  noSamples: 'No data has moved yet.',
  movesNothing: 'This session moves no data.',
  chartText: (read: string, written: string, peak: string): string =>
    `Now ${read} read and ${written} written; peak ${peak} read.`,
  split: 'Width of the task list',
} as const);

export const welcomeTexts = catalogue({
  title: 'Welcome to Reelvault',
  text: 'It keeps copies of your backups in second repositories and on tape, and brings them back. Nothing is set up yet.',
  sample:
    'See it work first: two repositories, a small machine with its backups, and a virtual tape library are made in under a minute. All of it can be removed again.',
  steps: 'Or set it up yourself',
  repository: 'Say where backups are kept: a folder on disks of their own.',
  job: 'Back up the first machine to it.',
  library: 'Add a tape library.',
  tape: 'Write the backups to tape, so that one copy is offline.',
} as const);

export const placesTexts = catalogue({
  label: (machine: string): string => `Where the copies of ${machine} are`,
  loading: 'Loading…',
  machine: 'The machine',
  primary: 'Primary backups',
  copies: 'Copies on disk',
  tape: 'Tape',
  noPrimary: 'No backup on disk',
  noCopies: 'No second copy',
  noTape: 'Nothing on tape',
  points: (count: number): string => counted(count, 'restore point', 'restore points'),
  newest: (time: string): string => `Newest ${time}`,
  incomplete: 'Not all can be restored',
  rule: '3-2-1',
  holds: 'Holds',
  missing: 'Missing',
} as const);
