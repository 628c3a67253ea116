import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChapError, ChapExchange } from './chap.ts';
import { parsePortal, portalText } from './connection.ts';
import { answersTo, operationalOffer, outcome } from './negotiation.ts';
import { decodeBinary, decodePairs, encodeBinary, encodeKeys } from './text-keys.ts';

const offer = operationalOffer({ headerDigest: true, dataDigest: true });
const after = (answers: Record<string, string>) => outcome(offer, new Map(Object.entries(answers)));

test('without answers the values of the standard hold', () => {
  expect(after({})).toEqual({
    headerDigest: false,
    dataDigest: false,
    targetSegmentBytes: 8192,
    initialR2T: true,
    immediateData: true,
    firstBurstBytes: 65_536,
    maxBurstBytes: 262_144,
  });
});

test('what was agreed holds', () => {
  const agreed = {
    HeaderDigest: 'CRC32C',
    DataDigest: 'None',
    MaxRecvDataSegmentLength: '1048576',
    InitialR2T: 'No',
    ImmediateData: 'No',
    FirstBurstLength: '131072',
    MaxBurstLength: '0x80000',
  };
  expect(after(agreed)).toEqual({
    headerDigest: true,
    dataDigest: false,
    targetSegmentBytes: 1_048_576,
    initialR2T: false,
    immediateData: false,
    firstBurstBytes: 131_072,
    maxBurstBytes: 524_288,
  });
});

test.each(['Reject', 'NotUnderstood', 'Irrelevant', '', 'nonsense', '-1', '1e9', '99999999999'])(
  'an answer of “%s” is no leave to send more',
  (value) => {
    const keys = ['HeaderDigest', 'InitialR2T', 'FirstBurstLength', 'MaxBurstLength', 'MaxRecvDataSegmentLength'];
    const { firstBurstBytes, maxBurstBytes, targetSegmentBytes, initialR2T, headerDigest } = after(
      Object.fromEntries(keys.map((key) => [key, value])),
    );
    expect({ firstBurstBytes, maxBurstBytes, targetSegmentBytes, initialR2T, headerDigest }).toEqual({
      firstBurstBytes: 65_536,
      maxBurstBytes: 262_144,
      targetSegmentBytes: 8192,
      initialR2T: true,
      headerDigest: false,
    });
  },
);

test('more than was offered is not taken, and digests only where they were offered', () => {
  expect(after({ FirstBurstLength: '16777215', MaxBurstLength: '16777215' })).toMatchObject({
    firstBurstBytes: 1_048_576,
    maxBurstBytes: 4_194_304,
  });
  const plain = operationalOffer({ headerDigest: false, dataDigest: false });
  expect(outcome(plain, new Map([['DataDigest', 'CRC32C']])).dataDigest).toBe(false);
  expect(after({ FirstBurstLength: '500000', MaxBurstLength: '4096' }).firstBurstBytes).toBe(4096);
});

test('keys a target brings up are answered', () => {
  const told = new Map([
    ['TargetPortalGroupTag', '1'],
    ['InitialR2T', 'Yes'],
    ['X-com.example.fast', 'Yes'],
    ['IFMarker', 'Yes'],
  ]);
  expect(answersTo(offer, told)).toEqual([
    ['X-com.example.fast', 'NotUnderstood'],
    ['IFMarker', 'No'],
  ]);
});

test('text keys come back, and any bytes are read without harm', () => {
  expect(
    decodePairs(
      encodeKeys([
        ['A', '1'],
        ['B', 'x=y'],
        ['A', ''],
      ]),
    ),
  ).toEqual([
    ['A', '1'],
    ['B', 'x=y'],
    ['A', ''],
  ]);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => Array.isArray(decodePairs(bytes))));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      expect(Buffer.from(decodeBinary(encodeBinary(bytes)) as Uint8Array).equals(Buffer.from(bytes))).toBe(true);
      expect(decodeBinary(`0b${Buffer.from(bytes).toString('base64')}`)).toEqual(Buffer.from(bytes));
    }),
  );
  expect(decodeBinary('0xabc')).toEqual(Buffer.from([0x0a, 0xbc]));
  for (const wrong of ['', '0x', '0xzz', 'abc', '0b', '0b!']) expect(decodeBinary(wrong)).toBeUndefined();
});

test('portals', () => {
  expect(parsePortal('vtl.example.com')).toEqual({ host: 'vtl.example.com', port: 3260 });
  expect(parsePortal(' 192.0.2.1:3261,1 ')).toEqual({ host: '192.0.2.1', port: 3261 });
  expect(parsePortal('[2001:db8::1]:860')).toEqual({ host: '2001:db8::1', port: 860 });
  expect(portalText({ host: '2001:db8::1', port: 860 })).toBe('[2001:db8::1]:860');
  for (const wrong of ['', ':3260', '[2001:db8::1', 'a:b'])
    expect(() => parsePortal(wrong)).toThrow('not a portal address');
});

test('CHAP: the answer is MD5 over identifier, secret and challenge, and the target’s own is checked', () => {
  const mutual = { user: 'vtl', secret: 'target secret' };
  const exchange = new ChapExchange({ user: 'anna', secret: 'our secret', mutual });
  const keys = new Map(
    exchange.answer(
      new Map([
        ['CHAP_A', '5'],
        ['CHAP_I', '7'],
        ['CHAP_C', '0x0102'],
      ]),
    ),
  );
  const md5 = (id: number, secret: string, challenge: Uint8Array) =>
    encodeBinary(createHash('md5').update(Uint8Array.of(id)).update(secret).update(challenge).digest());
  expect(keys.get('CHAP_N')).toBe('anna');
  expect(keys.get('CHAP_R')).toBe(md5(7, 'our secret', Uint8Array.of(1, 2)));
  const challenge = decodeBinary(keys.get('CHAP_C') ?? '') as Uint8Array;
  const proof = md5(Number(keys.get('CHAP_I')), 'target secret', challenge);
  expect(() =>
    exchange.verify(
      new Map([
        ['CHAP_N', 'vtl'],
        ['CHAP_R', proof],
      ]),
    ),
  ).not.toThrow();
  for (const wrong of [
    [],
    [['CHAP_N', 'vtl']],
    [
      ['CHAP_N', 'other'],
      ['CHAP_R', proof],
    ],
    [
      ['CHAP_N', 'vtl'],
      ['CHAP_R', '0x00'],
    ],
  ]) {
    expect(() => exchange.verify(new Map(wrong as [string, string][]))).toThrow(ChapError);
  }
});

test.each([
  { CHAP_A: '7', CHAP_I: '1', CHAP_C: '0x00' },
  { CHAP_A: '5', CHAP_I: '256', CHAP_C: '0x00' },
  { CHAP_A: '5', CHAP_C: '0x00' },
  { CHAP_A: '5', CHAP_I: '1' },
  { CHAP_A: '5', CHAP_I: '1', CHAP_C: `0x${'00'.repeat(2000)}` },
])('a challenge that is none is refused: %o', (keys) => {
  const exchange = new ChapExchange({ user: 'a', secret: 'b' });
  expect(() => exchange.answer(new Map(Object.entries(keys)))).toThrow(ChapError);
});
