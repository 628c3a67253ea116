import {
  Add16Regular,
  Archive16Regular,
  ArchiveMultiple16Regular,
  ArrowClockwise16Regular,
  ArrowDown16Regular,
  ArrowDownload16Regular,
  ArrowExport16Regular,
  ArrowForward16Regular,
  ArrowImport16Regular,
  ArrowMove20Regular,
  ArrowReset20Regular,
  ArrowSync16Regular,
  ArrowUp16Regular,
  BarcodeScanner16Regular,
  BookDatabase16Regular,
  Box16Regular,
  Calendar16Regular,
  Checkmark16Regular,
  CheckmarkCircle16Filled,
  ChevronDown16Regular,
  ChevronRight16Regular,
  ChevronUp16Regular,
  CircleHint16Regular,
  ClipboardTask16Regular,
  ClipboardTextLtr16Regular,
  Clock16Regular,
  Copy16Regular,
  DarkTheme20Regular,
  Database16Regular,
  DatabaseArrowRight16Regular,
  Delete16Regular,
  Desktop16Regular,
  Dismiss16Regular,
  DismissCircle16Filled,
  Document16Regular,
  Edit16Regular,
  Eraser20Regular,
  ErrorCircle16Filled,
  Filter16Filled,
  Filter16Regular,
  Folder16Regular,
  HardDrive16Regular,
  History16Regular,
  Home16Regular,
  HourglassHalf16Regular,
  Info16Regular,
  Key16Regular,
  LockClosed16Regular,
  MoreHorizontal16Regular,
  Open16Regular,
  Pause16Regular,
  Person16Regular,
  Play16Filled,
  Play16Regular,
  PlugDisconnected16Regular,
  Print16Regular,
  Prohibited16Regular,
  QuestionCircle16Regular,
  RecordStop16Regular,
  Rename16Regular,
  Search16Regular,
  Server16Regular,
  Shield16Regular,
  ShieldCheckmark16Regular,
  SignOut20Regular,
  Storage16Regular,
  Subtract16Regular,
  TableSettings16Regular,
  Tag16Regular,
  Warning16Filled,
} from '@fluentui/react-icons';
import type { ComponentType, ReactElement } from 'react';

type Glyph = ComponentType<{ 'aria-hidden'?: boolean; style?: { fontSize: number } }>;

/** Outlines that the icon set has not: a cartridge and a tape library. */
const Cartridge: Glyph = (props) => (
  <svg
    viewBox="0 0 16 16"
    width={props.style?.fontSize ?? 16}
    height={props.style?.fontSize ?? 16}
    aria-hidden
    fill="none"
    stroke="currentColor"
  >
    <rect x="1.5" y="3.5" width="13" height="9" rx="1.5" />
    <circle cx="8" cy="8" r="2.2" />
    <path d="M3.5 10.5h2M3.5 5.5h2" />
  </svg>
);

const Library: Glyph = (props) => (
  <svg
    viewBox="0 0 16 16"
    width={props.style?.fontSize ?? 16}
    height={props.style?.fontSize ?? 16}
    aria-hidden
    fill="none"
    stroke="currentColor"
  >
    <rect x="1.5" y="1.5" width="13" height="13" rx="1.5" />
    <path d="M4 4.5h3M4 7h3M4 9.5h3M4 12h3M9.5 1.5v13M11 4h2M11 6.5h2" />
  </svg>
);

const glyphs = {
  add: Add16Regular,
  arrowDown: ArrowDown16Regular,
  arrowUp: ArrowUp16Regular,
  audit: ClipboardTextLtr16Regular,
  backup: Archive16Regular,
  backups: ArchiveMultiple16Regular,
  barcode: BarcodeScanner16Regular,
  calendar: Calendar16Regular,
  catalog: BookDatabase16Regular,
  check: Checkmark16Regular,
  chevronDown: ChevronDown16Regular,
  chevronRight: ChevronRight16Regular,
  chevronUp: ChevronUp16Regular,
  clock: Clock16Regular,
  columns: TableSettings16Regular,
  copy: Copy16Regular,
  copyJob: DatabaseArrowRight16Regular,
  delete: Delete16Regular,
  disabled: Prohibited16Regular,
  disk: HardDrive16Regular,
  dismiss: Dismiss16Regular,
  document: Document16Regular,
  download: ArrowDownload16Regular,
  drive: Storage16Regular,
  edit: Edit16Regular,
  erase: Eraser20Regular,
  export: ArrowExport16Regular,
  failed: DismissCircle16Filled,
  fault: ErrorCircle16Filled,
  filter: Filter16Regular,
  filterOn: Filter16Filled,
  folder: Folder16Regular,
  help: QuestionCircle16Regular,
  history: History16Regular,
  home: Home16Regular,
  import: ArrowImport16Regular,
  info: Info16Regular,
  job: ClipboardTask16Regular,
  key: Key16Regular,
  library: Library,
  lock: LockClosed16Regular,
  machine: Desktop16Regular,
  more: MoreHorizontal16Regular,
  move: ArrowMove20Regular,
  none: Subtract16Regular,
  open: Open16Regular,
  pause: Pause16Regular,
  person: Person16Regular,
  play: Play16Regular,
  pool: Box16Regular,
  print: Print16Regular,
  protect: Shield16Regular,
  protected: ShieldCheckmark16Regular,
  refresh: ArrowClockwise16Regular,
  rename: Rename16Regular,
  repository: Database16Regular,
  reset: ArrowReset20Regular,
  restore: ArrowForward16Regular,
  running: Play16Filled,
  search: Search16Regular,
  server: Server16Regular,
  signOut: SignOut20Regular,
  stop: RecordStop16Regular,
  success: CheckmarkCircle16Filled,
  sync: ArrowSync16Regular,
  tag: Tag16Regular,
  tape: Cartridge,
  theme: DarkTheme20Regular,
  unknown: CircleHint16Regular,
  unplugged: PlugDisconnected16Regular,
  waiting: HourglassHalf16Regular,
  warning: Warning16Filled,
} as const satisfies Record<string, Glyph>;

export type IconName = keyof typeof glyphs;

/** A decorative picture; its meaning always stands beside it in words. `size` in CSS pixels. */
export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }): ReactElement => {
  const Shape: Glyph = glyphs[name];
  return <Shape aria-hidden style={{ fontSize: size }} />;
};
