import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/domain/message-of.ts';
import type { Command, Noun } from './command.ts';
import { usageError } from './exit-codes.ts';
import { type GlobalOptions, globalOptions } from './global-options.ts';
import { didYouMean } from './suggestions.ts';

export type Parsed =
  | { kind: 'help'; noun?: Noun; verb?: string; command?: Command }
  | { kind: 'version' }
  | {
      kind: 'run';
      noun: Noun;
      verb: string;
      command: Command;
      args: Record<string, unknown>;
      options: Record<string, unknown>;
      global: GlobalOptions;
    };

/** Reads a command line, without the program's name. Throws a usage error that says what is wrong and where to look. */
export function parseCommandLine(line: readonly string[], nouns: readonly Noun[]): Parsed {
  const { nounName, verb, rest } = splitWords(line);
  if (nounName === undefined) {
    if (rest.includes('--version')) return { kind: 'version' };
    if (rest.length === 0 || rest.includes('--help') || rest.includes('-h')) return { kind: 'help' };
    throw usageError(`"${rest[0]}" stands where a command should.`, 'reelvault --help lists the commands.');
  }
  if (nounName === 'help') {
    return parseCommandLine([...(verb === undefined ? [] : [verb]), ...rest, '--help'], nouns);
  }
  const noun = nouns.find((one) => one.name === nounName);
  if (!noun) {
    const known = nouns.map((one) => one.name);
    throw usageError(`There is no command "${nounName}".`, `${didYouMean(nounName, known)}reelvault --help lists all.`);
  }
  // A noun with one command of its own (`verify`, `serve`) has no verb.
  const single = noun.commands[''];
  const wantsHelp = rest.includes('--help') || rest.includes('-h');
  if (!single && verb === undefined) {
    if (wantsHelp || rest.length === 0) return { kind: 'help', noun };
    throw usageError(`"${rest[0]}" stands where one of ${Object.keys(noun.commands).join(', ')} should.`);
  }
  const name = single ? '' : (verb ?? '');
  const command = single ?? noun.commands[name];
  const path = ['reelvault', noun.name, name].filter(Boolean).join(' ');
  if (!command) {
    const known = Object.keys(noun.commands);
    throw usageError(
      `There is no command "${noun.name} ${name}".`,
      `${didYouMean(name, known)}${noun.name} knows ${known.join(', ')}.`,
    );
  }
  if (wantsHelp) return { kind: 'help', noun, verb: name, command };
  const words = single && verb !== undefined ? [verb, ...rest] : rest;
  return readCommand({ noun, verb: name, command, path }, words);
}

/** The first two words that are no options are noun and verb; options may stand before, between and after them. */
function splitWords(line: readonly string[]): { nounName?: string; verb?: string; rest: string[] } {
  const words: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const word = line[at] ?? '';
    if (words.length < 2 && word === '--') {
      rest.push(...line.slice(at));
      break;
    }
    if (words.length < 2 && !word.startsWith('-')) {
      words.push(word);
      continue;
    }
    rest.push(word);
    // The value of a global option before the noun or the verb is not one of them; others stand behind the verb.
    if (words.length < 2 && (word === '--data-dir' || word === '--confirm') && at + 1 < line.length) {
      rest.push(line[at + 1] ?? '');
      at += 1;
    } else if (words.length === 1 && !isGlobalFlag(word)) {
      rest.push(...line.slice(at + 1));
      break;
    }
  }
  return { nounName: words[0], verb: words[1], rest };
}

function isGlobalFlag(word: string): boolean {
  const name = word.split('=')[0];
  return Object.entries(globalOptions).some(
    ([known, option]) => name === `--${known}` || ('short' in option && name === `-${option.short}`),
  );
}

function readCommand(
  found: { noun: Noun; verb: string; command: Command; path: string },
  words: readonly string[],
): Parsed {
  const { command, path } = found;
  const help = `${path} --help shows how it is used.`;
  const config: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {
    ...globalOptions,
  };
  for (const [name, option] of Object.entries(command.options)) {
    config[name] = { type: option.type === 'flag' ? 'boolean' : 'string', multiple: true };
  }
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...words], options: config, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(plainWords(error), `${didYouMeanOption(error, Object.keys(config))}${help}`);
  }
  const { values, positionals } = parsed;

  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(command.options)) {
    const typed = values[name] as (string | boolean)[] | undefined;
    if (typed && typed.length > 1 && !option.many) throw usageError(`--${name} is given ${typed.length} times.`, help);
    if (!typed && option.required) throw usageError(`--${name} ${option.placeholder} is missing.`, help);
    options[name] = withName(`--${name}`, help, () => option.read(typed?.map(String)));
  }

  const args: Record<string, unknown> = {};
  let left = positionals;
  for (const [name, positional] of Object.entries(command.positionals)) {
    if (left.length === 0 && positional.required) throw usageError(`${positional.placeholder} is missing.`, help);
    args[name] = positional.read(positional.many ? left : left.slice(0, 1));
    left = positional.many ? [] : left.slice(1);
  }
  if (left.length > 0) throw usageError(`"${left[0]}" is an argument too many.`, help);

  if (values.wait === true && values['no-wait'] === true) throw usageError('--wait and --no-wait exclude each other.');
  return {
    kind: 'run',
    ...found,
    args,
    options,
    global: {
      dataDir: values['data-dir'] as string | undefined,
      json: values.json === true,
      quiet: values.quiet === true,
      wait: values['no-wait'] !== true,
      confirm: values.confirm as string | undefined,
    },
  };
}

function withName<T>(name: string, help: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const advice = 'advice' in error && typeof error.advice === 'string' ? error.advice : help;
    throw usageError(`${name}: ${error.message}`, advice);
  }
}

function plainWords(error: unknown): string {
  const message = messageOf(error);
  const unknown = /Unknown option '([^']+)'/.exec(message);
  if (unknown) return `There is no option ${unknown[1]} here.`;
  const missing = /Option '(?:-\w, )?(--[\w-]+)[^']*' argument missing/.exec(message);
  if (missing) return `${missing[1]} needs a value.`;
  return message.split('\n')[0] ?? message;
}

function didYouMeanOption(error: unknown, known: readonly string[]): string {
  const unknown = /Unknown option '--([^']+)'/.exec(error instanceof Error ? error.message : '');
  const near = unknown?.[1] === undefined ? '' : didYouMean(unknown[1], known);
  return near.replace('"', '"--');
}
