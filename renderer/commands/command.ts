import { type EntityKind, type EntityRows, type Overview, rowsOf, type Selected } from '../state/entities.ts';
import type { Host } from '../state/host.ts';
import type { IconName } from '../ui/icons.tsx';
import { say } from '../say.ts';

/** What commands look at. Everything else follows from it. */
export interface CommandContext {
  host: Host;
  node: string;
  here: Selected | null;
  main: Selected | null;
  detail: Selected | null;
  overview: Overview | null;
  /** Null when the engine can be called, else why not. */
  away: string | null;
}

/** Where a command stands in the ribbon: the tab of everyone, or of a kind of thing. */
export type CommandTab = 'home' | EntityKind;

/**
 * One thing that can be done. Ribbon, context menus, palette and shortcuts are made from these and from nothing else.
 */
export interface Command {
  id: string;
  tab: CommandTab;
  group: string;
  label: (context: CommandContext) => string;
  icon: IconName;
  /** `Ctrl+K`, `F5`, `Delete`: pressed anywhere but in a field. */
  keys?: string | undefined;
  /** False keeps it out of the ribbon: it is in menus and the palette. */
  ribbon: boolean;
  /** Whether it belongs to what is selected at all. */
  applies: (context: CommandContext) => boolean;
  /** True, or the reason why it cannot be done now. */
  enabled: (context: CommandContext) => true | string;
  /** The same on the command line, where there is such a command. */
  line: (context: CommandContext) => string | null;
  run: (context: CommandContext) => void;
}

interface Common {
  id: string;
  group: string;
  icon: IconName;
  keys?: string;
  ribbon?: boolean;
  /** True for what needs no engine: opening windows, going somewhere. */
  offline?: boolean;
}

/** A command of the Home tab. */
export function homeCommand(
  definition: Common & {
    label: string;
    enabled?: (context: CommandContext) => true | string;
    line?: string;
    run: (context: CommandContext) => void;
  },
): Command {
  return {
    ...definition,
    tab: 'home',
    ribbon: definition.ribbon ?? true,
    label: () => definition.label,
    applies: () => true,
    line: () => definition.line ?? null,
    enabled: (context) =>
      definition.offline !== true && context.away !== null ? context.away : (definition.enabled?.(context) ?? true),
  };
}

/** A command on selected rows of one kind, in the main list or in the details. */
export function rowCommand<K extends EntityKind>(
  kind: K,
  definition: Common & {
    label: string | ((rows: readonly EntityRows[K][]) => string);
    /** For exactly one row; with several it is refused. */
    one?: boolean;
    enabled?: (rows: readonly EntityRows[K][], context: CommandContext) => true | string;
    /** One line for all rows, or null when these rows have none. */
    line?: (rows: readonly EntityRows[K][], context: CommandContext) => string | null;
    run: (rows: readonly EntityRows[K][], context: CommandContext) => void;
  },
): Command {
  const rowsIn = (context: CommandContext): readonly EntityRows[K][] | null =>
    rowsOf(kind, context.detail, context.main, context.here);
  const { label } = definition;
  return {
    ...definition,
    tab: kind,
    ribbon: definition.ribbon ?? true,
    label: (context) => (typeof label === 'string' ? label : label(rowsIn(context) ?? [])),
    applies: (context) => rowsIn(context) !== null,
    line: (context) => {
      const rows = rowsIn(context);
      return rows === null ? null : (definition.line?.(rows, context) ?? null);
    },
    enabled: (context) => {
      const rows = rowsIn(context);
      if (rows === null) return say('Nothing is selected.');
      if (definition.offline !== true && context.away !== null) return context.away;
      if (definition.one === true && rows.length > 1) return say('Select one only.');
      return definition.enabled?.(rows, context) ?? true;
    },
    run: (context) => {
      const rows = rowsIn(context);
      if (rows !== null) definition.run(rows, context);
    },
  };
}

/** The first reason that some row gives, or true. */
export function every<T>(rows: readonly T[], check: (row: T) => true | string): true | string {
  for (const row of rows) {
    const answer = check(row);
    if (answer !== true) return answer;
  }
  return true;
}

/** What is said of a single row; nothing of several. */
export function onlyOne<T, R>(rows: readonly T[], say: (row: T) => R): R | null {
  const [row] = rows;
  return rows.length === 1 && row !== undefined ? say(row) : null;
}
