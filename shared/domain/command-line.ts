/** Command lines as the console shows them and a POSIX shell takes them. */

/** One word, quoted where a shell would take it apart. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `reelvault` with these words: what the console does, as a command for a script. */
export function commandLine(...words: readonly string[]): string {
  return ['reelvault', ...words].map(shellWord).join(' ');
}

/** An option with its value; null and false leave it out, true is a flag. */
export type CommandOption = readonly [name: string, value: string | boolean | null];

/** `reelvault pool create Weekly --keep 90`: a noun with its verb, what it is about, and options. */
export function commandWithOptions(
  nounAndVerb: string,
  positionals: readonly string[],
  options: readonly CommandOption[],
): string {
  return [
    'reelvault',
    nounAndVerb,
    ...positionals.map(shellWord),
    ...options.flatMap(([name, value]) =>
      value === null || value === false ? [] : value === true ? [`--${name}`] : optionWords(name, value),
    ),
  ].join(' ');
}

/** A value that begins with a dash would be read as an option of its own: it is joined to its name in one word. */
function optionWords(name: string, value: string): string[] {
  return value.startsWith('-') ? [shellWord(`--${name}=${value}`)] : [`--${name}`, shellWord(value)];
}
