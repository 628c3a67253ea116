/** Text of login and text PDUs: `key=value` pairs, each ended by a zero byte (RFC 7143, 6.1). */

export type TextKeys = ReadonlyMap<string, string>;

export function encodeKeys(keys: Iterable<readonly [string, string]>): Uint8Array {
  return Buffer.from([...keys].map(([key, value]) => `${key}=${value}\0`).join(''), 'utf8');
}

/** Pairs in their order, also where a key comes several times, as in a list of targets. */
export function decodePairs(bytes: Uint8Array): [string, string][] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\0')
    .flatMap((pair): [string, string][] => {
      const equals = pair.indexOf('=');
      return equals > 0 ? [[pair.slice(0, equals), pair.slice(equals + 1)]] : [];
    });
}

/** A value of a binary key: hexadecimal after `0x`, base64 after `0b` (6.1). Undefined where it is neither. */
export function decodeBinary(text: string): Uint8Array | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) {
    const digits = text.slice(2);
    return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  }
  if (/^0[bB][A-Za-z0-9+/]+={0,2}$/.test(text)) return Buffer.from(text.slice(2), 'base64');
  return undefined;
}

export function encodeBinary(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
