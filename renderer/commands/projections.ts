import { jobKindNames } from '../../shared/domain/jobs/job-kinds.ts';
import type { EntityKind } from '../state/entities.ts';
import type { PaletteEntry } from '../ui/command-palette.tsx';
import type { MenuEntry } from '../ui/context-menu.tsx';
import type { RibbonTab } from '../ui/ribbon.tsx';
import type { Command, CommandContext, CommandTab } from './command.ts';
import { say } from '../say.ts';

const tabLabels: Record<CommandTab, string> = {
  home: say('Home'),
  job: say('Job'),
  session: say('Session'),
  backup: say('Backup'),
  point: say('Restore Point'),
  machine: say('Machine'),
  repository: say('Repository'),
  key: say('Key'),
  library: say('Library'),
  element: say('Slot'),
  medium: say('Tape'),
  pool: say('Media Pool'),
  audit: say('Audit'),
};

function refusalOf(command: Command, context: CommandContext): string | null {
  const answer = command.enabled(context);
  return answer === true ? null : answer;
}

/** Kinds of what is selected, the details' own first. */
export function selectedKinds(context: CommandContext): EntityKind[] {
  return [
    ...new Set([context.detail?.kind, context.main?.kind, context.here?.kind].filter((kind) => kind !== undefined)),
  ];
}

/** The ribbon: Home, and a tab for each kind of thing that is selected. */
export function ribbonTabs(commands: readonly Command[], context: CommandContext): RibbonTab[] {
  const tabs: CommandTab[] = ['home', ...selectedKinds(context).toReversed()];
  return tabs
    .map((tab): RibbonTab => {
      const shown = commands.filter((command) => command.tab === tab && command.ribbon && command.applies(context));
      const labels = [...new Set(shown.map((command) => command.group))];
      return {
        id: tab,
        label: tabLabels[tab],
        contextual: tab !== 'home',
        groups: labels.map((label) => ({
          label,
          items: shown
            .filter((command) => command.group === label)
            .map((command) => ({
              id: command.id,
              label: command.label(context),
              icon: command.icon,
              keys: command.keys,
              refusal: refusalOf(command, context),
              line: command.line(context),
              run: () => command.run(context),
            })),
        })),
      };
    })
    .filter((tab) => tab.groups.length > 0);
}

/** The context menu of one kind of thing. */
export function menuEntries(commands: readonly Command[], kind: CommandTab, context: CommandContext): MenuEntry[] {
  return commands
    .filter((command) => command.tab === kind && command.applies(context))
    .map((command) => ({
      id: command.id,
      label: command.label(context),
      icon: command.icon,
      keys: command.keys,
      group: command.group,
      refusal: refusalOf(command, context),
      run: () => command.run(context),
    }));
}

/** What is made at a place of the tree. */
const madeAt: readonly (readonly [node: string, commands: readonly string[]])[] = [
  ...jobKindNames.map((kind) => [`home/jobs/${kind}`, [`new.${kind}-job`]] as const),
  ['home/jobs', jobKindNames.map((kind) => `new.${kind}-job`)],
  ['home/backups/tape', ['restore.from-tape']],
  ['infrastructure/repositories', ['new.repository']],
  ['infrastructure/keys', ['new.key']],
  ['tape/libraries', ['new.library']],
  ['tape/pools', ['new.pool']],
];

/** The context menu of a node of the tree: of the library or pool that it is, and what can be made there. */
export function nodeEntries(commands: readonly Command[], context: CommandContext): MenuEntry[] {
  const made = madeAt.find(([node]) => context.node === node || context.node.startsWith(`${node}/`))?.[1] ?? [];
  return [
    ...(context.here === null ? [] : menuEntries(commands, context.here.kind, context)),
    ...menuEntries(
      commands.filter((command) => made.includes(command.id) || command.id === 'view.refresh'),
      'home',
      context,
    ),
  ];
}

/** Everything that can be done now or could be, for the palette. */
export function paletteEntries(commands: readonly Command[], context: CommandContext): PaletteEntry[] {
  return commands
    .filter((command) => command.applies(context))
    .map((command) => ({
      id: command.id,
      label: command.label(context),
      area: `${tabLabels[command.tab]} · ${command.group}`,
      line: command.line(context),
      icon: command.icon,
      keys: command.keys,
      refusal: refusalOf(command, context),
      run: () => command.run(context),
    }));
}

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Whether a key press is `Ctrl+Enter`, `F5`, `Delete` … */
export function isPressed(keys: string, event: KeyPress): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === parts.includes('Ctrl') &&
    event.altKey === parts.includes('Alt') &&
    event.shiftKey === parts.includes('Shift')
  );
}

/** The command of a key press: of what is selected before those of everyone. A refused one is returned too. */
export function commandOfKeys(
  commands: readonly Command[],
  context: CommandContext,
  event: KeyPress,
): { command: Command; refusal: string | null } | null {
  const order: CommandTab[] = [...selectedKinds(context), 'home'];
  for (const tab of order) {
    const command = commands.find(
      (other) =>
        other.tab === tab && other.keys !== undefined && other.applies(context) && isPressed(other.keys, event),
    );
    if (command !== undefined) return { command, refusal: refusalOf(command, context) };
  }
  return null;
}
