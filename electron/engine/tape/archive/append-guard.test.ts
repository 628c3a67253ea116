import { expect, test } from 'vitest';
import { type FoundTape, judgeAppend } from './append-guard.ts';
import { type TapeState, thisFormat } from './documents.ts';
import { sampleIdentity, sampleSet } from './testing/sample-session.ts';

const identity = sampleIdentity();
const set = sampleSet();
const expected: TapeState = {
  identity,
  set,
  tapeFiles: 6,
  endBlock: 100,
  bytes: 1,
  closed: false,
  lastFile: { uuid: 'last-file', block: 98 },
  catalogued: { lastSessionBlock: 98, toBlock: 100 },
};
const label = { ...thisFormat, kind: 'label' as const, ...identity, recordBytes: 262_144, product: 'Reelvault' };
const setDocument = { ...thisFormat, kind: 'set' as const, ...set, encryption: null };
const ours = { kind: 'ours' as const, label, set: setDocument };
const found: FoundTape = {
  label: ours,
  endOfDataBlock: 100,
  endIsFilemark: true,
  lastFileUuid: 'last-file',
  committedFilesBehind: 0,
  strangeDataBehind: 0,
};

const cases: [string, Partial<FoundTape>, Partial<TapeState>, string, RegExp?][] = [
  ['what was expected', {}, {}, 'append'],
  ['an unfinished tail', { endOfDataBlock: 120 }, {}, 'append'],
  ['unknown points', { endOfDataBlock: 120, committedFilesBehind: 2 }, {}, 'adopt', /2 committed tape files/],
  ['data of a session nobody here knows', { endOfDataBlock: 120, strangeDataBehind: 1 }, {}, 'refuse', /other tapes/],
  ['unknown points on a tape believed closed', { committedFilesBehind: 1 }, { closed: true }, 'adopt'],
  ['a closed tape', {}, { closed: true }, 'refuse', /closed/],
  ['fewer blocks', { endOfDataBlock: 99 }, {}, 'refuse', /data is missing/],
  ['no filemark at the end', { endIsFilemark: false }, {}, 'refuse', /something else has written/],
  ['another last file', { lastFileUuid: 'other' }, {}, 'refuse', /something else has written/],
  ['an unreadable last file', { lastFileUuid: undefined }, {}, 'refuse'],
  ['a blank tape', { label: { kind: 'blank' } }, {}, 'refuse', /blank tape/],
  ['a foreign tape', { label: { kind: 'foreign', description: 'an Amanda tape' } }, {}, 'refuse', /an Amanda tape/],
  [
    'another tape',
    { label: { ...ours, label: { ...label, uuid: 'other', barcode: 'RV9' } } },
    {},
    'refuse',
    /found tape RV9/,
  ],
  ['no media set', { label: { kind: 'ours', label } }, {}, 'refuse', /belongs to none/],
  ['another media set', { label: { ...ours, set: { ...setDocument, uuid: 'other' } } }, {}, 'refuse', /of other/],
  ['another number', { label: { ...ours, set: { ...setDocument, sequence: 2 } } }, {}, 'refuse', /number 2/],
  [
    'an encrypted tape',
    { label: { ...ours, set: { ...setDocument, encryption: { scheme: 'age', recipients: [] } } } },
    {},
    'refuse',
    /encrypted/,
  ],
];

test.each(cases)('%s', (_name, foundMore, expectedMore, action, reason = /.*/) => {
  const verdict = judgeAppend({ ...expected, ...expectedMore }, { ...found, ...foundMore });
  expect(verdict.action).toBe(action);
  if (verdict.action !== 'append') expect(verdict.reason).toMatch(reason);
});
