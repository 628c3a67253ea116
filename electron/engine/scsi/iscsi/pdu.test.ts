import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c, digestBytes } from './crc32c.ts';
import { dataOut, getLun, isAfter, paddingOf, parsePdu, putLun, response, scsiCommand, type TargetPdu } from './pdu.ts';
import { PduReader, ProtocolError } from './pdu-reader.ts';

// Examples of RFC 7143, appendix A.4 ("CRC examples").
test('CRC32C of the examples in the standard', () => {
  const digest = (bytes: number[]): string => Buffer.from(digestBytes(crc32c(Uint8Array.from(bytes)))).toString('hex');
  const count = Array.from({ length: 32 }, (_, index) => index);
  expect(digest(Array(32).fill(0))).toBe('aa36918a');
  expect(digest(Array(32).fill(0xff))).toBe('43aba862');
  expect(digest(count)).toBe('4e79dd46');
  expect(digest(count.toReversed())).toBe('5cdb3f11');
});

test('a CRC goes on where another ended, at any cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }),
  );
});

test('a command on the wire', () => {
  const fields = { lun: 2, tag: 0x01020304, commandSn: 7, expectedStatusSn: 9, direction: 'write' as const };
  const cdb = Uint8Array.of(0x0a, 0, 4, 0, 0, 0);
  const bytes = scsiCommand({ ...fields, cdb, expectedBytes: 262_144, immediateBytes: 8192, final: true });
  expect(Buffer.from(bytes).toString('hex')).toBe(
    '01a10000000020000002000000000000010203040004000000000007000000090a00040000000000000000000000000000'.slice(0, 96),
  );
  expect(() =>
    scsiCommand({ ...fields, cdb: new Uint8Array(32), expectedBytes: 0, immediateBytes: 0, final: true }),
  ).toThrow();
});

test('data of a write on the wire', () => {
  const fields = { lun: 300, tag: 5, transferTag: 6, expectedStatusSn: 7, dataSn: 8, offset: 8192, length: 512 };
  expect(Buffer.from(dataOut({ ...fields, final: true })).toString('hex')).toBe(
    '058000000000020041 2c000000000000 00000005 00000006 00000000 00000007 00000000 00000008 00002000 00000000'.replaceAll(
      ' ',
      '',
    ),
  );
});

test('logical units come back as they went, and sequence numbers wrap', () => {
  for (const lun of [0, 1, 255, 256, 16_383]) {
    const bytes = new Uint8Array(8);
    putLun(bytes, 0, lun);
    expect(getLun(bytes, 0)).toBe(lun);
  }
  expect(isAfter(1, 0)).toBe(true);
  expect(isAfter(0, 0xffff_ffff)).toBe(true);
  expect(isAfter(0xffff_ffff, 0)).toBe(false);
  expect(isAfter(5, 5)).toBe(false);
});

interface Sent {
  additional: number;
  data: Uint8Array;
}

/** The bytes of a PDU as a target sends it. */
function encode({ additional, data }: Sent, digests: { header: boolean; data: boolean }): Buffer {
  const header = new Uint8Array(48 + additional * 4);
  header[0] = response.dataIn;
  header[4] = additional;
  header[5] = data.length >> 16;
  header[6] = data.length >> 8;
  header[7] = data.length;
  const padded = Buffer.concat([data, new Uint8Array(paddingOf(data.length))]);
  return Buffer.concat([
    header,
    digests.header ? digestBytes(crc32c(header)) : Buffer.alloc(0),
    padded,
    digests.data && data.length > 0 ? digestBytes(crc32c(padded)) : Buffer.alloc(0),
  ]);
}

function collector(into?: Uint8Array) {
  const received: { pdu: TargetPdu; data: Uint8Array }[] = [];
  const reader = new PduReader({
    destination: (_pdu, length) => into?.subarray(0, length),
    received: (pdu, data) => received.push({ pdu, data }),
  });
  return { reader, received };
}

const sent = fc.record({ additional: fc.nat(3), data: fc.uint8Array({ maxLength: 200 }) });
const digests = fc.record({ header: fc.boolean(), data: fc.boolean() });

test('PDUs come out whole however the stream is cut, with and without digests', () => {
  fc.assert(
    fc.property(
      fc.array(sent, { maxLength: 5 }),
      digests,
      fc.array(fc.integer({ min: 1, max: 90 })),
      (pdus, on, cuts) => {
        const { reader, received } = collector();
        reader.headerDigest = on.header;
        reader.dataDigest = on.data;
        const stream = Buffer.concat(pdus.map((pdu) => encode(pdu, on)));
        let at = 0;
        for (const cut of cuts) {
          reader.push(stream.subarray(at, at + cut));
          at += cut;
        }
        if (at < stream.length) reader.push(stream.subarray(at));
        expect(received.map(({ data }) => Buffer.from(data))).toEqual(pdus.map(({ data }) => Buffer.from(data)));
      },
    ),
  );
});

test('one wrong bit in a PDU with digests is noticed, wherever it is', () => {
  fc.assert(
    fc.property(sent, fc.nat(), fc.nat(7), (pdu, position, bit) => {
      const on = { header: true, data: true };
      const stream = encode(pdu, on);
      const at = position % stream.length;
      stream[at] = (stream[at] as number) ^ (1 << bit);
      const { reader, received } = collector();
      reader.headerDigest = true;
      reader.dataDigest = true;
      let thrown: unknown;
      try {
        reader.push(stream);
      } catch (error) {
        thrown = error;
      }
      // A wrong length may leave the reader waiting for more; it never hands out a damaged message.
      expect(received).toEqual([]);
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(ProtocolError);
    }),
    { numRuns: 500 },
  );
});

test('whatever bytes come, the reader hands out PDUs or refuses; it never reads past a limit', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const { reader, received } = collector();
      reader.maxSegmentBytes = 1000;
      try {
        for (const chunk of chunks) reader.push(chunk);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
      for (const { data } of received) expect(data.length).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 500 },
  );
});

test('data goes straight to where it belongs', () => {
  const into = new Uint8Array(100);
  const { reader, received } = collector(into);
  reader.push(encode({ additional: 0, data: Uint8Array.of(1, 2, 3) }, { header: false, data: false }));
  expect(received[0]?.data.buffer).toBe(into.buffer);
  expect([...into.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
  expect(parsePdu((received[0] as { pdu: TargetPdu }).pdu.header).opcode).toBe(response.dataIn);
});
