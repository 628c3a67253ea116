/** One word of a command line, quoted for a POSIX shell where it needs to be. */
function word(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `reelvault` with these words: what the console does, as a command for a script. */
export function commandLine(...words: readonly string[]): string {
  return ['reelvault', ...words].map(word).join(' ');
}
