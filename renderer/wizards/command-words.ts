/** One word of a command line, quoted for a POSIX shell where it has to be. */
const word = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** An option with its value; null and false leave it out, true is a flag. */
export type CommandOption = readonly [name: string, value: string | boolean | null];

/** A value that begins with a dash would be read as an option of its own: it stands in one word with its name. */
const optionWords = (name: string, value: string): string[] =>
  value.startsWith('-') ? [word(`--${name}=${value}`)] : [`--${name}`, word(value)];

/** `reelvault pool create Weekly --keep 90`: the same as a wizard, as the command line takes it. */
export const commandLine = (
  nounAndVerb: string,
  positionals: readonly string[],
  options: readonly CommandOption[],
): string =>
  [
    'reelvault',
    nounAndVerb,
    ...positionals.map(word),
    ...options.flatMap(([name, value]) =>
      value === null || value === false ? [] : value === true ? [`--${name}`] : optionWords(name, value),
    ),
  ].join(' ');
