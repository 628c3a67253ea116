/**
 * The longest `head…tail` of a text that is no wider than `roomPx`, whole when it fits. `widthOf` measures; it is asked
 * about log2(length) times. Never shorter than one character on each side of the cut.
 */
export function fitMiddle(text: string, roomPx: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= roomPx) return text;
  const characters = [...text];
  const cut = (kept: number): string => {
    const head = Math.ceil(kept / 2);
    return `${characters.slice(0, head).join('').trimEnd()}…${characters
      .slice(characters.length - (kept - head))
      .join('')
      .trimStart()}`;
  };
  let fits = 2;
  let tooMany = characters.length;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (widthOf(cut(middle)) <= roomPx) fits = middle;
    else tooMany = middle;
  }
  return cut(fits);
}
