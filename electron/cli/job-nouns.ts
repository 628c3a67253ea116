import path from 'node:path';
import { type JobKind, type JobSettings, jobSettings, rulesOf } from '../../shared/domain/jobs/job-kinds.ts';
import type { Typed, WordsContext } from '../../shared/domain/jobs/kind.ts';
import { scheduleHelp } from '../../shared/domain/schedule-words.ts';
import { UnreadableWords } from '../../shared/domain/unreadable-words.ts';
import { argument, type Command, command, flag, list, type Noun, type Option, text } from './command.ts';
import type { CliContext } from './context.ts';
import { usageError } from './exit-codes.ts';
import { finders } from './find.ts';
import { listCommand, runCommand } from './job-commands.ts';
import { sessionResult } from './follow.ts';

type Given = Record<string, unknown>;

/** The commands that every kind of job has, from its rules: `create`, `edit`, `run` and `list`; and `more` of its own. */
export function jobNoun(kind: JobKind, more: Record<string, Command> = {}): Noun {
  const { command: words, name } = rulesOf(kind);
  const options = jobOptions(kind);
  const { noun, examples } = words;
  const create: Command = command({
    summary: `make a ${name}`,
    description: `${words.description}\n\n${scheduleHelp}`,
    positionals: {},
    options: { ...options, run: flag('start it at once') },
    examples: examples.create,
    run: async (cli, _args, given) => {
      const settings = await settingsFrom(cli, kind, given);
      const { id, sessionId } = await cli.engine.jobs.create({ settings, runNow: given.run === true });
      return sessionResult(cli, sessionId, { text: `Job ${settings.name} is created.`, json: { id } });
    },
  });
  const edit: Command = command({
    summary: `change a ${name}; what is not given stays`,
    positionals: { job: argument('JOB', 'name or id') },
    options,
    examples: examples.edit,
    run: async (cli, args, given) => {
      const { id } = await finders(cli.engine).jobOf(kind)(args.job);
      const { settings: before, version } = await cli.engine.jobs.get({ id });
      const settings = await settingsFrom(cli, kind, given, before);
      await cli.engine.jobs.update({ id, version, settings });
      return { json: { id }, text: `Job ${settings.name} is changed.` };
    },
  });
  return {
    name: noun,
    summary: words.summary,
    commands: { create, edit, run: runCommand(kind), list: listCommand(kind), ...more },
  };
}

/** The options from which settings are made; the same for `create` and `edit`, where nothing given changes nothing. */
export function jobOptions(kind: JobKind): Record<string, Option<unknown>> {
  const options: Record<string, Option<unknown>> = {};
  for (const { flags } of rulesOf(kind).command.options) {
    for (const [name, how] of Object.entries(flags)) {
      if (how.form === 'switch') {
        options[name] = flag(how.help);
        options[`no-${name}`] = flag(how.offHelp);
      } else options[name] = how.form === 'list' ? list(how.placeholder, how.help) : text(how.placeholder, how.help);
    }
  }
  return options;
}

/**
 * Settings from options as they were typed, on top of those that the job has; the schema's defaults for what neither says.
 * A required setting that is missing, and words that cannot be read, are usage errors that name the option.
 */
export async function settingsFrom(
  cli: Pick<CliContext, 'engine' | 'cwd'>,
  kind: JobKind,
  given: Given,
  before?: JobSettings,
): Promise<JobSettings> {
  const { command: words } = rulesOf(kind);
  const context = wordsContext(cli);
  const typed = typedWords(given);
  const settings: Given = { ...before, kind };
  for (const option of words.options) {
    try {
      Object.assign(settings, await option.read(typed, context, before));
    } catch (error) {
      if (error instanceof UnreadableWords) throw unreadable(error, Object.keys(option.flags), given);
      throw error;
    }
  }
  const parsed = jobSettings.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0]);
  const flags = Object.keys(words.options.find(({ fields }) => fields.includes(field))?.flags ?? {});
  const option = flags.find((name) => isGiven(given, name)) ?? flags[0];
  throw usageError(
    settings[field] === undefined ? `--${option ?? field} is missing.` : `--${option ?? field}: ${issue?.message}`,
    `reelvault ${words.noun} create --help describes each option.`,
  );
}

function unreadable(error: UnreadableWords, flags: readonly string[], given: Given): Error {
  const used = flags.filter((name) => isGiven(given, name));
  return usageError(used.length === 1 ? `--${used[0]}: ${error.message}` : error.message, error.advice);
}

function isGiven(given: Given, name: string): boolean {
  const is = given[name];
  return Array.isArray(is) ? is.length > 0 : is !== undefined && is !== false;
}

function typedWords(given: Given): Typed {
  return {
    text: (name) => given[name] as string | undefined,
    list: (name) => (given[name] as string[] | undefined) ?? [],
    on: (name) => {
      if (given[name] === true && given[`no-${name}`] === true) {
        throw new UnreadableWords(`--${name} and --no-${name} exclude each other.`);
      }
      return given[name] === true ? true : given[`no-${name}`] === true ? false : undefined;
    },
  };
}

function wordsContext({ engine, cwd }: Pick<CliContext, 'engine' | 'cwd'>): WordsContext {
  const find = finders(engine);
  const idBy = (by: (name: string) => Promise<{ id: string }>) => async (name: string) => (await by(name)).id;
  return {
    find: {
      repository: idBy(find.repository),
      job: idBy(find.job),
      pool: idBy(find.pool),
      key: idBy(find.key),
      machine: idBy(find.machine),
    },
    isAbsolute: (file) => path.isAbsolute(file),
    resolve: (file) => path.resolve(cwd, file),
  };
}
