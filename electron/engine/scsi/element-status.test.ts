import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { put16, put24, putText } from './big-endian.ts';
import { parseElementStatus } from './element-status.ts';

/** One page with the given descriptors, all of one length, behind the header of the reply. */
function reply(type: number, tags: number, descriptors: Uint8Array[], descriptorLength?: number): Uint8Array {
  const content = Buffer.concat(descriptors);
  const page = new Uint8Array(16);
  page[8] = type;
  page[9] = tags;
  put16(page, 10, descriptorLength ?? descriptors[0]?.length ?? 0);
  put24(page, 13, content.length);
  return Buffer.concat([page, content]);
}

function slot(address: number, barcode: string, flags = 0x09): Uint8Array {
  const bytes = new Uint8Array(52);
  put16(bytes, 0, address);
  bytes[2] = flags;
  bytes[9] = 0x80;
  put16(bytes, 10, 257);
  putText(bytes, 12, 32, barcode);
  return bytes;
}

test('a target that sends eight bytes too few loses no slot and no barcode', () => {
  const data = reply(2, 0x80, [slot(4096, 'RV0001L8'), slot(4097, 'RV0002L8')]);
  const { elements, accessReported } = parseElementStatus(data.subarray(0, data.length - 8));
  expect(accessReported).toBe(true);
  expect(elements).toEqual([
    { address: 4096, type: 'slot', full: true, accessible: true, source: 257, barcode: 'RV0001L8' },
    { address: 4097, type: 'slot', full: true, accessible: true, source: 257, barcode: 'RV0002L8' },
  ]);
});

test('exceptions are told in words, and an empty or unlabelled element has no barcode', () => {
  const jammed = slot(16, 'GHOST', 0x04);
  jammed.set([0x15, 0x01], 4);
  const unlabelled = slot(17, '', 0x01);
  const { elements } = parseElementStatus(reply(3, 0x80, [jammed, unlabelled]));
  expect(elements[0]).toMatchObject({ full: false, accessible: false, exception: expect.stringContaining('15/01') });
  expect(elements[0]?.exception).toContain('jam');
  expect(elements[0]).not.toHaveProperty('barcode');
  expect(elements[1]).toMatchObject({ full: true });
  expect(elements[1]).not.toHaveProperty('barcode');
});

test.each([
  [1, `${'VENDOR'.padEnd(8)}${'PRODUCT'.padEnd(16)}SERIAL7`, 'SERIAL7'],
  [0, 'SERIAL7   ', 'SERIAL7'],
])('the drive serial number is found in a designator of type %i', (designatorType, text, serial) => {
  const descriptor = new Uint8Array(12 + 36 + 4 + text.length);
  put16(descriptor, 0, 256);
  const at = 12 + 36;
  descriptor.set([2, designatorType, 0, text.length], at);
  putText(descriptor, at + 4, text.length, text);
  expect(parseElementStatus(reply(4, 0x80, [descriptor])).elements[0]?.driveSerial).toBe(serial);
});

/** A drive's descriptor: volume tag, whatever else, and its serial number alone. */
function drive(address: number, between: Uint8Array, serial: string): Uint8Array {
  const bytes = new Uint8Array(48 + between.length + 4 + serial.length);
  put16(bytes, 0, address);
  bytes.set(between, 48);
  bytes.set([2, 0, 0, serial.length], 48 + between.length);
  putText(bytes, 52 + between.length, serial.length, serial);
  return bytes;
}

test('an alternate volume tag that is announced counts only where it is sent', () => {
  for (const between of [new Uint8Array(36).fill(0x20), new Uint8Array(0)]) {
    const { elements } = parseElementStatus(reply(4, 0xc0, [drive(256, between, 'SERIAL7')]));
    expect(elements[0]?.driveSerial).toBe('SERIAL7');
  }
});

test('a serial number that is cut short is told as far as it came', () => {
  const none = new Uint8Array(0);
  const data = reply(4, 0x80, [drive(256, none, 'SERIAL7'), drive(257, none, 'SERIAL8')]);
  const { elements } = parseElementStatus(data.subarray(0, data.length - 3));
  expect(elements.map((element) => element.driveSerial)).toEqual(['SERIAL7', 'SERI']);
});

test('impossible lengths end a page, and later pages are still read', () => {
  const broken = reply(2, 0, [slot(1, 'X')], 0);
  const good = reply(3, 0x80, [slot(16, 'RV0003L8')]).subarray(8);
  const { elements } = parseElementStatus(Buffer.concat([broken, good]));
  expect(elements.map((element) => element.address)).toEqual([16]);
});

test('no bytes of any kind break the parser, and it gives no more elements than fit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
      const { elements } = parseElementStatus(data);
      expect(elements.length).toBeLessThanOrEqual(data.length / 4);
    }),
  );
});
