/** Byte-level damage, as media, transfers and attackers cause it; the same each time for the same seed. */

/** Mulberry32: small, fast, and good enough to choose. */
export function choices(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const telling = [0, 1, 7, 8, 15, 16, 127, 128, 255, 256, 32_767, 32_768, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** One to four changes to a copy of `bytes`: bits, bytes, telling numbers, ranges zeroed, lost, doubled or taken from another. */
export function mutate(bytes: Uint8Array, choose: (below: number) => number, other: Uint8Array = bytes): Buffer {
  let out = Buffer.from(bytes);
  for (let left = 1 + choose(4); left > 0; left -= 1) {
    if (out.length === 0) return out;
    const at = choose(out.length);
    const length = 1 + choose(Math.min(64, out.length - at));
    switch (choose(9)) {
      case 0:
        out[at] = (out[at] ?? 0) ^ (1 << choose(8));
        break;
      case 1:
        out[at] = choose(256);
        break;
      case 2: {
        const number = telling[choose(telling.length)] ?? 0;
        const little = choose(2) === 0;
        if (little && at + 4 <= out.length) out.writeUInt32LE(number, at);
        else if (at + 4 <= out.length) out.writeUInt32BE(number, at);
        break;
      }
      case 3: {
        const number = (telling[choose(telling.length)] ?? 0) & 0xffff;
        const little = choose(2) === 0;
        if (little && at + 2 <= out.length) out.writeUInt16LE(number, at);
        else if (at + 2 <= out.length) out.writeUInt16BE(number, at);
        break;
      }
      case 4:
        out.fill(choose(2) === 0 ? 0 : 0xff, at, at + length);
        break;
      case 5:
        out = Buffer.from(out.subarray(0, at));
        break;
      case 6:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
        break;
      case 7:
        out = Buffer.concat([out.subarray(0, at + length), out.subarray(at)]);
        break;
      default: {
        const from = choose(Math.max(1, other.length));
        Buffer.from(other.buffer, other.byteOffset, other.length).copy(out, at, from, from + length);
      }
    }
  }
  return out;
}

const values = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  -0,
  1e308,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  2 ** 32,
  '',
  ' ',
  '0',
  'a'.repeat(5000),
  '../../etc/passwd',
  '..\\..\\x',
  '/dev/zero',
  'C:\\Windows',
  'NUL',
  'a\0b',
  "'; DROP TABLE jobs; --",
  '%',
  '_',
  '*',
  '\u202etxt.exe',
  '\ud800',
  '😀'.repeat(200),
  '__proto__',
  'constructor',
  '-rf',
  '$(reboot)',
  '`id`',
  '<script>',
  '2026-02-30T25:61:61Z',
  'NaN',
  '1e999',
  '9'.repeat(400),
  [],
  {},
  [[]],
  [null],
  { __proto__: null },
  JSON.parse('{"__proto__":{"polluted":true}}'),
] as unknown[];

/** Another value somewhere in a copy of `value`: replaced, removed, added, or made of another kind. */
export function mutateValue(value: unknown, choose: (below: number) => number, depth = 0): unknown {
  if (depth > 6 || choose(5) === 0) {
    if (choose(40) === 0) return nested(choose(2000));
    return values[choose(values.length)];
  }
  if (Array.isArray(value)) {
    const out = [...value];
    const at = choose(out.length + 1);
    const what = choose(4);
    if (what === 0) out.splice(at, 1);
    else if (what === 1) out.splice(at, 0, ...Array.from({ length: choose(300) }, () => out[0]));
    else out[at] = mutateValue(out[at], choose, depth + 1);
    return out;
  }
  if (typeof value === 'object' && value !== null) {
    const out: Record<string, unknown> = { ...value };
    const keys = Object.keys(out);
    const key = keys[choose(keys.length + 1)] ?? ['__proto__', 'kind', 'id', 'extra', 'constructor'][choose(5)] ?? 'x';
    if (choose(6) === 0) delete out[key];
    else out[key] = mutateValue(out[key], choose, depth + 1);
    return out;
  }
  if (typeof value === 'number')
    return choose(2) === 0 ? value + choose(3) - 1 : (telling[choose(telling.length)] ?? 0);
  if (typeof value === 'string' && choose(2) === 0) return mutate(Buffer.from(value), choose).toString('latin1');
  return values[choose(values.length)];
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let left = depth; left > 0; left -= 1) value = left % 2 === 0 ? [value] : { a: value };
  return value;
}
