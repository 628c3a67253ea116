import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathOnTape, sliceMemberName } from './tape-names.ts';
import { encodeUstarHeader, isSafeMemberName, isZeroBlock, parseForeignTarHeader, parseUstarHeader } from './ustar.ts';
import { splitMemberName, UstarError, ustarMaxMemberBytes } from './ustar.ts';

function header(name: string, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(512);
  encodeUstarHeader(bytes, 0, { name, sizeBytes, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) });
  return bytes;
}

test('a header has the bytes that the standard and GNU tar give it', () => {
  const bytes = Buffer.from(header('machine~1/file.rvb.slices/000000001-of-000000002', 64 * 1024 * 1024));
  const fields: [number, number, string][] = [
    [0, 100, 'machine~1/file.rvb.slices/000000001-of-000000002'],
    [100, 8, '0000644'],
    [124, 12, '00400000000'],
    // `date -d @$((8#15125632645)) -u` says 2026-01-02T03:04:05Z.
    [136, 12, '15125632645'],
    [156, 1, '0'],
    [257, 6, 'ustar'],
    [263, 2, '00'],
    [345, 155, ''],
  ];
  for (const [at, length, text] of fields) {
    const found = bytes
      .subarray(at, at + length)
      .toString('latin1')
      .replace(/\0+$/, '');
    expect([at, found]).toEqual([at, text]);
  }
  const sum = bytes.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  expect(bytes.subarray(148, 156).toString('latin1')).toBe(`${sum.toString(8).padStart(6, '0')}\0 `);
});

test('whatever can be written is read back, in the strict and in the lenient way', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9_%][A-Za-z0-9_%.~@+=,-]{0,40}$/);
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: ustarMaxMemberBytes }),
      (segments, sizeBytes) => {
        const name = segments.join('/');
        const bytes = header(name, sizeBytes);
        expect(parseUstarHeader(bytes)).toMatchObject({ name, sizeBytes, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) });
        expect(parseForeignTarHeader(bytes)).toMatchObject({ name, sizeBytes });
      },
    ),
    { numRuns: 200 },
  );
});

test('no damaged header is taken for another one, and none breaks the parser', () => {
  const whole = header('machine/file.rvb.slices/000000000-of-000000001', 1234);
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      // The checksum's own padding is the only place where a change may go unnoticed.
      if (at >= 154 && at < 156) return;
      expect(() => parseUstarHeader(bytes)).toThrow(UstarError);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1024 }), (bytes) => {
      expect(() => parseUstarHeader(bytes)).toThrow(UstarError);
      expect(parseForeignTarHeader(bytes)).toBeUndefined();
    }),
  );
});

test('names that could leave the directory or trick a shell are refused', () => {
  const hostile = [
    '',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    './a',
    'a/.',
    '-rf',
    'a/-x',
    '~root',
    'a b',
    'a\\b',
    'a\nb',
    'ä',
  ];
  for (const name of [...hostile, 'x'.repeat(300), 'a/']) {
    expect([name, isSafeMemberName(name)]).toEqual([name, false]);
    expect(() => header(name, 1)).toThrow(UstarError);
  }
  expect(isSafeMemberName('m~1/f@2026-01-02.rvb.slices/000000000-of-000000001')).toBe(true);
});

test('a name that was written by hand into a header is refused, too', () => {
  const bytes = header('aa/bb', 1);
  bytes.set(Buffer.from('../bb'));
  bytes.fill(0x20, 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  expect(() => parseUstarHeader(bytes)).toThrow('not a safe name');
  expect(parseForeignTarHeader(bytes)?.name).toBe('../bb');
});

test('long names are split at a slash, too long ones refused', () => {
  const folder = 'f'.repeat(140);
  expect(splitMemberName(`${folder}/${'n'.repeat(100)}`)).toEqual({ prefix: folder, name: 'n'.repeat(100) });
  expect(() => splitMemberName(`${'f'.repeat(156)}/n`)).toThrow(UstarError);
  expect(() => splitMemberName('n'.repeat(101))).toThrow(UstarError);
  expect(isZeroBlock(new Uint8Array(512), 0)).toBe(true);
});

test('any machine and file name becomes a path whose slices fit into a header', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string(),
      fc.string({ maxLength: 300 }),
      (name, id, file) => {
        const path = pathOnTape({ machineName: name, machineId: id, fileName: `${file}.rvb`, pointUuid: id });
        header(sliceMemberName(path, 999_999_998, 999_999_999), 1);
        expect(path).toMatch(/^[^/]+\/[^/]+\.rvb$/);
      },
    ),
  );
  const of = { machineName: 'dc-01', fileName: 'dc-01.rvb', pointUuid: 'p' };
  expect(pathOnTape({ ...of, machineId: 'node1/100' })).not.toBe(pathOnTape({ ...of, machineId: 'node1/101' }));
});
