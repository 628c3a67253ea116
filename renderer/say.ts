/**
 * Every text that someone reads passes through here, so that it can be put into another language. There are two: English
 * as it is written, and a made-up one (`localStorage['reelvault.locale'] = 'pseudo'`) in which every text is longer and
 * stands in brackets: what has none was left out, and what is cut off has too little room.
 */
const pseudo = typeof localStorage === 'object' && localStorage.getItem('reelvault.locale') === 'pseudo';

const accents: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
};

/** A text in the made-up language: about a third longer, as German or Finnish would be. Its values stay as they are. */
export function inPseudo(parts: readonly string[], values: readonly string[]): string {
  const accented = parts.map((part) => part.replaceAll(/[aeiouAEIOU]/g, (letter) => accents[letter] ?? letter));
  const length = parts.join('').length;
  if (length === 0) return values.join('');
  const inner = accented.map((part, at) => part + (values[at] ?? '')).join('');
  return `⟦${inner.replaceAll(/[⟦⟧]/g, '')}${'~'.repeat(Math.ceil(length / 3))}⟧`;
}

/** A text of the console: say('No jobs yet'), or with values in it: say`Edit ${name}`. */
export function say(text: string): string;
export function say(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string;
export function say(text: string | TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const parts = typeof text === 'string' ? [text] : text;
  const words = values.map(String);
  return pseudo ? inPseudo(parts, words) : parts.map((part, at) => part + (words[at] ?? '')).join('');
}

/** A catalogue of texts, and of functions that make texts: the same, each of them said. */
export function catalogue<T extends object>(texts: T): T {
  if (!pseudo) return texts;
  return Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, said(value)])) as T;
}

function said(value: unknown): unknown {
  if (typeof value === 'string') return inPseudo([value], []);
  if (Array.isArray(value)) return value.map(said);
  if (typeof value === 'object' && value !== null) return catalogue(value);
  if (typeof value !== 'function') return value;
  return (...values: unknown[]): unknown => said((value as (...all: unknown[]) => unknown)(...values));
}
