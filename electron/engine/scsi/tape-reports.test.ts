import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { changerAlerts, driveAlerts, parseAlerts } from './alerts.ts';
import { logParameters } from './spc.ts';
import { parseLongPosition, parseShortPosition } from './tape-position.ts';
import { parseCapacity, parseCartridgeMemory, parseTapeMode } from './tape-reports.ts';
import { attributeValues, capacityPage, tapeAlertPage } from './virtual/drive-pages.ts';

const mebibyte = 1_048_576;

test('raised alerts come with severity and words, unknown ones with their number', () => {
  const alerts = parseAlerts(tapeAlertPage(new Set([4, 20, 64])).subarray(4), driveAlerts);
  expect(alerts.map(({ flag, severity }) => [flag, severity])).toEqual([
    [4, 'critical'],
    [20, 'critical'],
    [64, 'information'],
  ]);
  expect(alerts[2]?.words).toContain('64');
  // The same number means something else in a library.
  expect(parseAlerts(tapeAlertPage(new Set([16])).subarray(4), changerAlerts)[0]?.words).toContain('door');
});

test('capacity and memory of a cartridge', () => {
  expect(parseCapacity(capacityPage(3 * mebibyte + 5, 16 * mebibyte).subarray(4))).toEqual({
    remainingBytes: 3 * mebibyte,
    capacityBytes: 16 * mebibyte,
  });
  const facts = { mediumSerial: 'ABC', barcode: 'RV0001L8', mediumType: 'data' as const, loadCount: 7 };
  const values = attributeValues({ ...facts, remainingBytes: mebibyte, capacityBytes: 2 * mebibyte }, 0);
  const memory = { remainingBytes: mebibyte, capacityBytes: 2 * mebibyte, loadCount: 7, manufacturer: 'REELVLT' };
  const labels = { mediumSerial: 'ABC', mediumType: 'data', barcode: 'RV0001L8' };
  expect(parseCartridgeMemory(values)).toEqual({ ...memory, ...labels });
  expect(parseCartridgeMemory(values.subarray(0, 30))).toEqual({
    remainingBytes: mebibyte,
    capacityBytes: 2 * mebibyte,
  });
});

test('a position that the drive does not know is no position', () => {
  const unknown = new Uint8Array(20);
  unknown[0] = 0x14;
  expect(parseShortPosition(unknown)).toBeUndefined();
  const long = new Uint8Array(32);
  long[0] = 0x04;
  expect(parseLongPosition(long)).toBeUndefined();
  long[0] = 0x08;
  long[15] = 9;
  expect(parseLongPosition(long)).toEqual({ block: 9, file: undefined, bop: false, eop: false });
});

test('no bytes of any kind break the parsers', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      for (const { flag } of parseAlerts(data, driveAlerts)) expect(flag).toBeLessThanOrEqual(64);
      expect(logParameters(data).size).toBeLessThanOrEqual(data.length / 4);
      parseCapacity(data);
      parseCartridgeMemory(data);
      parseTapeMode(data);
      parseShortPosition(data);
      parseLongPosition(data);
    }),
  );
});
