import { expect, it } from 'vitest';
import { virtualLibrarySettings } from '../../../shared/contract/tape.ts';
import { stepOfField } from '../wizard-state.ts';
import {
  barcodeRange,
  libraryCommand,
  libraryProblems,
  librarySettingsOf,
  librarySteps,
  newLibraryDraft,
} from './draft.ts';

const none: ReadonlySet<string> = new Set();
const good = { ...newLibraryDraft('Library'), path: '/srv/library' };

it('is what the contract takes', () => {
  expect(libraryProblems(good, none)).toEqual([]);
  expect(virtualLibrarySettings.safeParse(librarySettingsOf(good)).success).toBe(true);
});

it('puts what is wrong on pages of the wizard', () => {
  const wrong = { ...good, path: 'x', drives: '0', capacity: 'big', barcodePrefix: 'a-b', cartridges: '13' };
  const fields = libraryProblems(wrong, new Set(['library'])).map((problem) => problem.field);
  expect(fields.toSorted()).toEqual([
    'barcodePrefix',
    'cartridgeCapacityBytes',
    'cartridges',
    'drives',
    'name',
    'path',
  ]);
  for (const field of fields) expect(stepOfField(librarySteps, field)).not.toBeNull();
});

it('reads sizes with units, and small letters in the prefix', () => {
  const settings = librarySettingsOf({ ...good, capacity: '1.5t', barcodePrefix: 'arc' });
  expect(settings.cartridgeCapacityBytes).toBe(1.5 * 2 ** 40);
  expect(settings.barcodePrefix).toBe('ARC');
});

it('names the barcodes as the engine labels them', () => {
  expect(barcodeRange('rv', 10)).toBe('RV0001L8 to RV0010L8');
  expect(barcodeRange('ARCHIV', 120)).toBe('ARCHIV001L8 to ARCHIV120L8');
  expect(barcodeRange('RV', 1)).toBe('RV0001L8');
  expect(barcodeRange('RV', 0)).toBe('');
});

it('says the same as a command', () => {
  expect(libraryCommand(good)).toBe(
    "reelvault library add-virtual Library /srv/library --drives 2 --slots 12 --mail-slots 2 --cartridges 10 --capacity '8 GiB' --barcode-prefix RV",
  );
});
