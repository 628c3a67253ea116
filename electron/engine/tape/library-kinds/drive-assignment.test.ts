import { expect, test } from 'vitest';
import { assignDrives } from './drive-assignment.ts';

const drives = [{ serial: 'DRV0001' }, { serial: 'DRV0002' }];

test('serial numbers decide, whatever the order', () => {
  const elements = [
    { address: 256, serial: 'drv0002 ' },
    { address: 257, serial: 'DRV0001' },
  ];
  expect(assignDrives(elements, drives)).toEqual({ addresses: [257, 256], notes: [] });
});

test('a serial number the library cut short still tells, unless it fits two', () => {
  expect(
    assignDrives(
      [
        { address: 1, serial: 'ABCD1' },
        { address: 2, serial: 'ABCE2' },
      ],
      [{ serial: 'ABCE234' }, { serial: 'ABCD123' }],
    ).addresses,
  ).toEqual([2, 1]);
  const vague = assignDrives(
    [
      { address: 1, serial: 'ABCD' },
      { address: 2, serial: 'ABCD' },
      { address: 3, serial: 'WXYZ1' },
    ],
    [{ serial: 'ABCD1' }, { serial: 'ABCD2' }, { serial: 'WXYZ1' }],
  );
  expect(vague.addresses).toEqual([null, null, 3]);
});

test('without serial numbers the order given counts, and it is said', () => {
  const { addresses, notes } = assignDrives([{ address: 256 }, { address: 257 }], drives);
  expect(addresses).toEqual([256, 257]);
  expect(notes.join()).toContain('in the order given');
});

test('serial numbers of another kind than the drives’ own are as good as none', () => {
  const elements = [
    { address: 256, serial: '5000E1115CAFE001' },
    { address: 257, serial: '5000E1115CAFE002' },
  ];
  expect(assignDrives(elements, drives).addresses).toEqual([256, 257]);
});

test('the last place left is the last drive’s, but a place of somebody else’s drive is nobody’s here', () => {
  const withOneTold = [{ address: 256, serial: 'DRV0001' }, { address: 257 }];
  expect(assignDrives(withOneTold, drives).addresses).toEqual([256, 257]);
  const cutOff = [
    { address: 256, serial: 'DRV0001' },
    { address: 257, serial: 'DR' },
  ];
  expect(assignDrives(cutOff, drives).addresses).toEqual([256, 257]);
  const othersDrive = [
    { address: 256, serial: 'DRV0001' },
    { address: 257, serial: 'OTHER' },
  ];
  expect(assignDrives(othersDrive, drives).addresses).toEqual([256, null]);
});

test('more drives than places leaves drives over', () => {
  expect(assignDrives([{ address: 256 }], drives).addresses).toEqual([256, null]);
  expect(assignDrives([], drives).addresses).toEqual([null, null]);
});
