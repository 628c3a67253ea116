/**
 * Characters that show nothing, or that show other text in another order, and could make one name look like another:
 * marks and overrides of direction, zero-width and filler characters, tags, line separators, and control characters.
 * Line breaks and tabs are left to who prints. Source: Unicode UTR 36 and UAX 9; the default ignorable code points but for
 * variation selectors, which choose between two looks of the character before them.
 */
const invisible =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- exactly these are looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
const anyInvisible = new RegExp(invisible.source, 'u');

/** A text of foreign origin (a name, a label of a tape, a line of a log) as it may be shown: `\u202e` instead of what it does. */
export function visibleText(text: string): string {
  // Nearly every text has none: that is found out without a new string.
  if (!anyInvisible.test(text)) return text;
  return text.replace(invisible, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same for JSON, whose strings stay what they were: a program that reads them gets the characters themselves. */
export function visibleJson(json: string): string {
  if (!anyInvisible.test(json)) return json;
  return json.replace(invisible, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
