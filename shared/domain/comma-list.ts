/**
 * Texts in one word, separated by commas. A comma within a text has a backslash before it, and backslashes that stand
 * before a comma are doubled; all others are themselves, so that `C:\images\a.raw` is written as it is.
 */
export function joinWithCommas(texts: readonly string[]): string {
  return texts
    .map((text, at) => {
      const inner = text.replaceAll(/(\\*),/g, String.raw`$1$1\,`);
      return at < texts.length - 1 ? inner.replace(/\\+$/, '$&$&') : inner;
    })
    .join(',');
}

/** The texts that {@link joinWithCommas} made one word of. */
export function splitAtCommas(joined: string): string[] {
  const texts: string[] = [''];
  let at = 0;
  for (const { 0: run, 1: backslashes = '', index } of joined.matchAll(/(\\*),/g)) {
    texts[texts.length - 1] += joined.slice(at, index) + backslashes.slice(0, Math.floor(backslashes.length / 2));
    if (backslashes.length % 2 === 1) texts[texts.length - 1] += ',';
    else texts.push('');
    at = index + run.length;
  }
  texts[texts.length - 1] += joined.slice(at);
  return texts;
}
