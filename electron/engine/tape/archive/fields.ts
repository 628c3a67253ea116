/**
 * Checks for documents read from a tape. A check takes any value and returns it typed, or throws a {@link DocumentError}
 * that names the field. Records keep only the fields they know, so a later version may add some.
 */
export type Check<T> = (value: unknown, path: string) => T;

/** A document that is not what it claims to be. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

function refuse(path: string, expected: string, value: unknown): never {
  throw new DocumentError(`${path || 'document'}: expected ${expected}, found ${shown(value)}.`);
}

/** Lists and objects only by kind: a hostile one may be nested deeper than the stack, or fill the memory as text. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length} items`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return JSON.stringify(value) ?? 'nothing';
}

/** Printable text of `min` to `max` characters; control characters are refused. */
export function text(max = 500, min = 0): Check<string> {
  return (value, path) => {
    if (typeof value !== 'string' || value.length < min || value.length > max) {
      return refuse(path, `text of ${min} to ${max} characters`, value);
    }
    for (let index = 0; index < value.length; index += 1) {
      if (value.charCodeAt(index) < 0x20 || value.charCodeAt(index) === 0x7f)
        return refuse(path, 'printable text', value);
    }
    return value;
  };
}

/** A UUID or another identifier of portable characters. */
export const identifier: Check<string> = matching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/, 'an identifier');

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
export const sha256Hex: Check<string> = matching(/^[0-9a-f]{64}$/, 'a SHA-256 digest in hexadecimal');

export function matching(pattern: RegExp, expected: string): Check<string> {
  return (value, path) => (typeof value === 'string' && pattern.test(value) ? value : refuse(path, expected, value));
}

export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : refuse(path, `a whole number from ${min} to ${max}`, value);
}

export const boolean: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'true or false', value);

/** An ISO 8601 time in UTC, as {@link encodeDocument} writes it; returned as milliseconds since 1970. */
export const time: Check<number> = (value, path) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value)) {
    return refuse(path, 'a time such as 2026-01-31T12:00:00.000Z', value);
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? refuse(path, 'a time that exists', value) : at;
};

export function exactly<T extends string | number>(...allowed: T[]): Check<T> {
  return (value, path) => allowed.find((one) => one === value) ?? refuse(path, allowed.join(' or '), value);
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null || value === undefined ? null : check(value, path));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function list<T>(check: Check<T>, max: number): Check<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max) return refuse(path, `a list of at most ${max} items`, value);
    return value.map((item: unknown, index) => check(item, `${path}[${index}]`));
  };
}

/** An object with these fields; optional ones that are absent stay absent. */
export function record<T extends object>(checks: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'an object', value);
    const out: Partial<T> = {};
    for (const key of Object.keys(checks) as (keyof T & string)[]) {
      const found: unknown = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      const checked = checks[key](found, path === '' ? key : `${path}.${key}`);
      if (checked !== undefined) out[key] = checked;
    }
    return out as T;
  };
}

/** Parses JSON text of at most `maxBytes` and checks it. Throws {@link DocumentError} for anything else. */
export function decodeDocument<T>(bytes: Uint8Array, check: Check<T>, what: string, maxBytes: number): T {
  if (bytes.length > maxBytes) throw new DocumentError(`${what}: ${bytes.length} bytes are more than ${maxBytes}.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new DocumentError(`${what}: not JSON in UTF-8.`);
  }
  try {
    return check(parsed, '');
  } catch (error) {
    throw error instanceof DocumentError ? new DocumentError(`${what}: ${error.message}`) : error;
  }
}

/** JSON with times (numeric fields whose names end in `At`) as ISO 8601 UTC; `indent` makes it pleasant to read. */
export function encodeDocument(document: object, indent = 2): string {
  const asText = (key: string, value: unknown): unknown =>
    typeof value === 'number' && key.endsWith('At') ? new Date(value).toISOString() : value;
  return `${JSON.stringify(document, asText, indent)}\n`;
}
