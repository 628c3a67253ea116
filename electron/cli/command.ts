import type { CliContext } from './context.ts';
import { type ExitCode, usageError } from './exit-codes.ts';

/** One option of a command; `read` turns what was typed (nothing: undefined) into its value, or throws a usage error. */
export interface Option<T> {
  type: 'flag' | 'value';
  placeholder: string;
  help: string;
  many: boolean;
  required: boolean;
  read(typed: readonly string[] | undefined): T;
}

export interface Positional<T> {
  placeholder: string;
  help: string;
  required: boolean;
  many: boolean;
  read(typed: readonly string[]): T;
}

type OptionValues<O> = { [K in keyof O]: O[K] extends Option<infer T> ? T : never };
type PositionalValues<P> = { [K in keyof P]: P[K] extends Positional<infer T> ? T : never };

/** What a command did: `text` for people, `json` for programs, and the exit code where it is not 0. */
export interface CommandResult {
  text: string;
  json: unknown;
  exitCode?: ExitCode;
}

export interface CommandDefinition<P, O> {
  summary: string;
  /** More than one line can say; shown by --help. */
  description?: string;
  positionals: P;
  options: O;
  /** Command lines without the leading `reelvault`, each with what it does. */
  examples: readonly (readonly [string, string])[];
  run(cli: CliContext, args: PositionalValues<P>, options: OptionValues<O>): Promise<CommandResult>;
}

/** A command with its types forgotten, as the tree of nouns and verbs holds it. */
export interface Command {
  summary: string;
  description?: string;
  positionals: Record<string, Positional<unknown>>;
  options: Record<string, Option<unknown>>;
  examples: readonly (readonly [string, string])[];
  run(cli: CliContext, args: Record<string, unknown>, options: Record<string, unknown>): Promise<CommandResult>;
}

export interface Noun {
  name: string;
  summary: string;
  commands: Record<string, Command>;
}

export function command<P extends Record<string, Positional<unknown>>, O extends Record<string, Option<unknown>>>(
  definition: CommandDefinition<P, O>,
): Command {
  return {
    ...definition,
    // The parser fills every key by calling the `read` that the type was taken from.
    run: (cli, args, options) => definition.run(cli, args as PositionalValues<P>, options as OptionValues<O>),
  };
}

export function flag(help: string): Option<boolean> {
  return { type: 'flag', placeholder: '', help, many: false, required: false, read: (typed) => typed !== undefined };
}

/** An option with a value that `parse` understands. */
export function value<T>(placeholder: string, help: string, parse: (text: string) => T): Option<T | undefined> {
  return {
    type: 'value',
    placeholder,
    help,
    many: false,
    required: false,
    read: (typed) => (typed?.[0] === undefined ? undefined : parse(typed[0])),
  };
}

export function text(placeholder: string, help: string): Option<string | undefined> {
  return value(placeholder, help, (typed) => typed);
}

export function integer(placeholder: string, help: string): Option<number | undefined> {
  return value(placeholder, help, (typed) => {
    if (!/^\d{1,15}$/.test(typed)) throw usageError(`"${typed}" is not a whole number.`);
    return Number(typed);
  });
}

export function choice<const T extends string>(choices: readonly T[], help: string): Option<T | undefined> {
  return value(choices.join('|'), help, (typed) => {
    const chosen = choices.find((one) => one === typed);
    if (chosen === undefined) throw usageError(`"${typed}" is not one of ${choices.join(', ')}.`);
    return chosen;
  });
}

/** An option that may be given several times; [] when it is not. */
export function list(placeholder: string, help: string): Option<string[]> {
  return { type: 'value', placeholder, help, many: true, required: false, read: (typed) => [...(typed ?? [])] };
}

export function required<T>(option: Option<T | undefined>): Option<T> {
  return {
    ...option,
    required: true,
    read: (typed) => {
      const read = option.read(typed);
      if (read === undefined) throw usageError('is missing');
      return read;
    },
  };
}

export function argument(placeholder: string, help: string): Positional<string> {
  return { placeholder, help, required: true, many: false, read: (typed) => typed[0] ?? '' };
}

export function optionalArgument(placeholder: string, help: string): Positional<string | undefined> {
  return { placeholder, help, required: false, many: false, read: (typed) => typed[0] };
}

export function someArguments(placeholder: string, help: string): Positional<string[]> {
  return { placeholder, help, required: true, many: true, read: (typed) => [...typed] };
}

export function anyArguments(placeholder: string, help: string): Positional<string[]> {
  return { placeholder, help, required: false, many: true, read: (typed) => [...typed] };
}
