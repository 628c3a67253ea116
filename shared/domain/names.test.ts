import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backupFileName,
  isPlainName,
  machineFolderName,
  maxSafeNameBytes,
  safePathName,
  shortId,
  uniqueName,
} from './names.ts';

describe('safePathName', () => {
  test.each([
    ['web01', 'web01'],
    ['Web Server 01 (prod)', 'Web Server 01 (prod)'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['../../etc/passwd', '__.._etc_passwd'],
    ['.', '_'],
    ['..', '_'],
    ['', 'unnamed'],
    ['   ', 'unnamed'],
    ['...', '_'],
    ['.ssh', '_ssh'],
    ['name. . .', 'name'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['Lpt9', '_Lpt9'],
    ['COM¹', '_COM¹'],
    ['CONIN$', '_CONIN$'],
    ['console', 'console'],
    ['nul .x', '_nul .x'],
    ['tab\there\u0000', 'tab_here_'],
    ['\u202egnp.exe', '_gnp.exe'],
    ['e\u0301', '\u00e9'],
    ['\ud800x', '_x'],
    ['数据库服务器', '数据库服务器'],
  ])('%j becomes %j', (name, safe) => {
    expect(safePathName(name)).toBe(safe);
  });

  test('is cut at 100 bytes, between whole characters', () => {
    expect(safePathName('x'.repeat(300))).toBe('x'.repeat(100));
    expect(safePathName('é'.repeat(300))).toBe('é'.repeat(50));
    expect(safePathName(`${'x'.repeat(98)}👩‍🚀`)).toBe('x'.repeat(98));
    expect(safePathName('A\u0301'.repeat(10) + 'x\u0332'.repeat(60)).endsWith('\u0332')).toBe(true);
  });

  const anyName = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 150 }),
    fc.string({ unit: 'grapheme', maxLength: 120 }),
    fc.string({ unit: fc.constantFrom(...'./\\ .~conNULaux1$\u0301\ud800é'.split('')), maxLength: 140 }),
  );

  test('property: the result is safe, and making it safe again changes nothing', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const safe = safePathName(name);
        expect(safePathName(safe)).toBe(safe);
        expect(safe.normalize('NFC')).toBe(safe);
        expect(new TextEncoder().encode(safe).length).toBeLessThanOrEqual(maxSafeNameBytes);
        expect(safe).toMatch(/^[^. ][^/\\]*$/su);
        expect(safe).not.toMatch(/[. ]$/u);
        expect(safe).not.toMatch(/^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i);
        expect(isPlainName(safe)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names built from it', () => {
  test('two machines of the same name get two folders', () => {
    expect(machineFolderName('web01', '0192f0c1-2a3b-7c4d-8e5f-0123456789AB')).toBe('web01~456789ab');
    expect(machineFolderName('web01', 'pve:100')).toMatch(/^web01~[0-9a-f]{8}$/);
    expect(shortId('pve:100')).not.toBe(shortId('pve:101'));
    // FNV-1a test vectors of the draft.
    expect(['', 'a', 'foobar'].map(shortId)).toEqual(['811c9dc5', 'e40c292c', 'bf9cf968']);
  });

  test('a backup file’s name', () => {
    expect(backupFileName('web01', '2026-11-21T06:50:00.123Z', 'full')).toBe('web01~2026-11-21T065000Z~full.rvb');
    expect(backupFileName('web01', '2026-11-21T08:50:00+02:00', 'incr')).toBe('web01~2026-11-21T065000Z~incr.rvb');
    expect(() => backupFileName('x', 'yesterday', 'full')).toThrow(RangeError);
    expect(() => backupFileName('x', '+012026-11-21T06:50:00Z', 'full')).toThrow(RangeError);
  });

  test('uniqueName counts up before the extension', () => {
    const taken = new Set(['a.rvb', 'a-2.rvb', 'folder']);
    expect(uniqueName('b.rvb', (n) => taken.has(n))).toBe('b.rvb');
    expect(uniqueName('a.rvb', (n) => taken.has(n))).toBe('a-3.rvb');
    expect(uniqueName('folder', (n) => taken.has(n))).toBe('folder-2');
  });

  test('names from media that are no plain names', () => {
    for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\u0000', 'x'.repeat(256)])
      expect(isPlainName(name)).toBe(false);
    expect(isPlainName('web01~2026-11-21T065000Z~full.rvb')).toBe(true);
  });

  test('property: file names tell machine, second and kind, and stay under 255 bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 140 }),
        fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        fc.constantFrom('full' as const, 'incr' as const),
        (machine, date, kind) => {
          const name = backupFileName(machine, date.toISOString(), kind);
          expect(new TextEncoder().encode(name).length).toBeLessThan(255);
          const stamp = date.toISOString().slice(0, 19).replaceAll(':', '');
          expect(name).toBe(`${safePathName(machine)}~${stamp}Z~${kind}.rvb`);
        },
      ),
    );
  });
});
