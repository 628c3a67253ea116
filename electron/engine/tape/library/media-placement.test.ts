import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ElementStatus } from '../../scsi/element-status.ts';
import { elementNames } from '../library-kinds/element-names.ts';
import { isCleaningBarcode, placeMedia } from './media-placement.ts';
import { temporaryStore } from '../testing/memory-tape.ts';

const library = { id: 'lib', name: 'Library' };
let world: ReturnType<typeof temporaryStore>;

beforeEach(() => {
  world = temporaryStore();
  addLibrary('lib', 'Library');
});
afterEach(() => world.close());

function addLibrary(id: string, name: string): void {
  const record = {
    id,
    name,
    connection: { kind: 'virtual' as const, path: `/${id}` },
    location: `/${id}`,
    vendor: '',
    product: '',
    serial: '',
    createdAt: 0,
  };
  world.store.now((work) => world.store.libraries.insert(work, record, {}));
}

/** `1:A` is barcode A in slot 1; `d1` and `m1` stand for drives and mail slots; `1:` is a cartridge without barcode. */
function elements(...full: string[]): ElementStatus[] {
  const place = (key: string, address: number, type: ElementStatus['type']): ElementStatus => {
    const found = full.find((text) => text.split(':')[0] === key);
    const [, rest] = found?.split(':') ?? [];
    const [barcode, source] = rest?.split('<') ?? [];
    return {
      address,
      type,
      full: found !== undefined,
      accessible: true,
      ...(barcode ? { barcode } : {}),
      ...(source ? { source: Number(source) } : {}),
    };
  };
  return [
    place('1', 101, 'slot'),
    place('2', 102, 'slot'),
    place('3', 103, 'slot'),
    place('m1', 11, 'import-export'),
    place('d1', 21, 'drive'),
  ];
}

const place = (...full: string[]) => placeMedia(world.store, library, elements(...full), 5);
const where = (barcode: string) =>
  world.store.media.byBarcode(barcode).map((medium) => [medium.libraryId, medium.elementAddress]);

test('names of elements are counted by kind', () => {
  const names = elementNames(elements());
  expect([...names.values()]).toEqual(['Slot 1', 'Slot 2', 'Slot 3', 'Mail slot 1', 'Drive 1']);
});

test.each([
  ['CLN001L1', true],
  ['CLNU01CU', true],
  ['CLR001L8', true],
  ['RV0001L8', false],
  ['ACLN01L8', false],
])('cleaning barcode %s: %s', (barcode, cleaning) => {
  expect(isCleaningBarcode(barcode)).toBe(cleaning);
});

test('new, moved, gone and back', () => {
  expect(place('1:A', '2:B').added.map((medium) => medium.barcode)).toEqual(['A', 'B']);
  expect(place('1:A', '2:B')).toMatchObject({ added: [], moved: [], left: [], arrived: [] });
  expect(place('d1:A<101', '2:B').moved.map((medium) => medium.barcode)).toEqual(['A']);
  expect(where('A')).toEqual([['lib', 21]]);
  expect(place('2:B').left.map((medium) => medium.barcode)).toEqual(['A']);
  expect(where('A')).toEqual([[null, null]]);
  expect(world.store.media.byBarcode('A')[0]?.lastPlace).toBe('Drive 1 in Library');
  expect(place('2:B', 'm1:A').arrived.map((medium) => medium.barcode)).toEqual(['A']);
  expect(world.store.media.all()).toHaveLength(2);
});

test('a tape without a barcode is followed by where the robot took it from', () => {
  const [medium] = place('1:').added;
  expect(medium?.name).toBe('Tape without barcode (Slot 1)');
  place('d1:<101');
  expect(world.store.media.get(medium?.id ?? '')?.elementAddress).toBe(21);
});

test('two cartridges with one barcode are two tapes, and keep their rows when one of them moves', () => {
  const placement = place('1:A', '2:A');
  expect(placement.added).toHaveLength(2);
  expect(placement.duplicateBarcodes).toEqual(['A']);
  const second = world.store.media.inLibrary('lib').find((medium) => medium.elementAddress === 102);
  place('1:A', 'd1:A<102');
  expect(world.store.media.get(second?.id ?? '')?.elementAddress).toBe(21);
});

test('an exported tape stays exported in its mail slot, and is so no more once it came back', () => {
  const [medium] = place('1:A').added;
  place('m1:A<101');
  world.store.now((work) => world.store.media.update(work, medium?.id ?? '', { exportedAt: 9 }));
  place('m1:A<101');
  expect(world.store.media.byBarcode('A')[0]?.exportedAt).toBe(9);
  place('2:A');
  expect(world.store.media.byBarcode('A')[0]?.exportedAt).toBeNull();
  world.store.now((work) => world.store.media.update(work, medium?.id ?? '', { exportedAt: 9 }));
  place();
  place('m1:A');
  expect(world.store.media.byBarcode('A')[0]?.exportedAt).toBeNull();
});

test('a foreign or blank tape that was away is read again; one of ours is trusted by its barcode', () => {
  place('1:A', '2:B');
  const [a, b] = ['A', 'B'].map((barcode) => world.store.media.byBarcode(barcode)[0]?.id ?? '');
  world.store.now((work) => world.store.media.update(work, a ?? '', { labelFormat: 'none' }));
  world.store.now((work) => world.store.media.update(work, b ?? '', { labelFormat: 'ours' }));
  place();
  place('1:A', '2:B');
  expect(world.store.media.get(a ?? '')?.labelFormat).toBe('unread');
  expect(world.store.media.get(b ?? '')?.labelFormat).toBe('ours');
});

test('a tape that turns up in another library keeps its row', () => {
  place('1:A');
  addLibrary('other', 'Other');
  const found = placeMedia(world.store, { id: 'other', name: 'Other' }, elements('3:A'), 6);
  expect(found.arrived.map((medium) => medium.lastPlace)).toEqual(['Slot 3 in Other']);
  expect(place()).toMatchObject({ left: [], added: [] });
});
