import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EndOfMedium, parseSense, ScsiError } from './sense.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const noFlags = { filemark: false, endOfMedium: false, incorrectLength: false };

test.each([
  [
    'fixed, filemark with INFORMATION',
    bytes(0xf0, 0, 0x80, 0, 0, 0x10, 0, 10, 0, 0, 0, 0, 0x00, 0x01, 0, 0, 0, 0),
    { key: 0, asc: 0, ascq: 1, information: 4096, deferred: false, ...noFlags, filemark: true },
  ],
  [
    'fixed, a record longer than asked for: INFORMATION is negative',
    bytes(0xf0, 0, 0x20, 0xff, 0xff, 0xff, 0xfc, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    { key: 0, asc: 0, ascq: 0, information: -4, deferred: false, ...noFlags, incorrectLength: true },
  ],
  [
    'fixed, deferred, INFORMATION not valid',
    bytes(0x71, 0, 0x43, 9, 9, 9, 9, 10, 0, 0, 0, 0, 0x0c, 0x00),
    { key: 3, asc: 0x0c, ascq: 0, information: undefined, deferred: true, ...noFlags, endOfMedium: true },
  ],
  [
    'fixed, cut after the key',
    bytes(0x70, 0, 0x02),
    { key: 2, asc: 0, ascq: 0, information: undefined, deferred: false, ...noFlags },
  ],
  [
    'descriptor, with information and stream commands descriptors',
    bytes(0x72, 0x0d, 0, 2, 0, 0, 0, 16, 0, 10, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0, 4, 2, 0, 0x40),
    { key: 13, asc: 0, ascq: 2, information: 512, deferred: false, ...noFlags, endOfMedium: true },
  ],
  [
    'descriptor, deferred, cut within a descriptor',
    bytes(0x73, 0x03, 0x0c, 2, 0, 0, 0, 12, 0, 10, 0x80),
    { key: 3, asc: 0x0c, ascq: 2, deferred: true, ...noFlags },
  ],
])('%s', (_name, data, expected) => {
  expect(parseSense(data)).toEqual(expected);
});

test('no bytes of any kind break the parser', () => {
  expect(parseSense(undefined)).toBeUndefined();
  expect(parseSense(bytes(0x7f, 1, 2, 3))).toBeUndefined();
  const start = fc.constantFrom(0x70, 0x71, 0x72, 0x73, 0xf0, 0xf2);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (code, rest) => {
      const sense = parseSense(Uint8Array.of(code, ...rest));
      if (rest.length >= 2) expect(sense?.key).toBeLessThan(16);
      if (sense) expect(new ScsiError('drive', 'READ(6)', 2, sense).message).toMatch(/^drive: .+ \(READ\(6\), .+\)\.$/);
    }),
  );
});

test('an error says what happened, to what, during which command, with the codes at its end', () => {
  const sense = { key: 3, asc: 0x11, ascq: 0x00, deferred: false, ...noFlags };
  const error = new ScsiError('Library A, drive 2', 'READ(6)', 2, sense, 17);
  expect(error.message).toBe(
    'Library A, drive 2: the record could not be read: the tape may be damaged there, or the drive dirty ' +
      '(READ(6) at block 17, MEDIUM ERROR 11/00).',
  );
  expect(error).toMatchObject({ key: 3, asc: 0x11, block: 17, isUnitAttention: false, isDeferred: false });
  const deferred = new ScsiError('d', 'WRITE(6)', 2, { ...sense, asc: 0x0c, deferred: true });
  expect(deferred.message).toContain('an earlier write failed after it had been accepted');
  expect(new ScsiError('d', 'WRITE(6)', 0x18).message).toContain('another host has reserved');
  expect(new EndOfMedium('d', 'WRITE(6)', 2)).toBeInstanceOf(ScsiError);
});

test.each([
  [5, 0x20, 0x70, 'the device does not know this command'],
  [4, 0x99, 0x99, 'the hardware of the device failed (a code of this maker: see the manual of the device)'],
  [9, 0x99, 0x00, 'a condition (a code of this maker: see the manual of the device)'],
  [9, 0x79, 0x00, 'a condition this program does not know'],
  [8, 0x00, 0x00, 'there is no data on the tape here'],
  [2, 0x04, 0x18, 'a door of the library is open: close it'],
  [4, 0x3b, 0x16, 'the robot could not get to its place: look for a jam or something in its way'],
  [4, 0x40, 0x85, 'the device failed its own diagnostics: have it serviced'],
])('codes nobody listed fall back to what is known: %i %i/%i', (key, asc, ascq, words) => {
  expect(new ScsiError('d', 'X', 2, { key, asc, ascq, deferred: false, ...noFlags }).words).toBe(words);
});
