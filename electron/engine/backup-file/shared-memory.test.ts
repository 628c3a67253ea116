import { expect, test } from 'vitest';
import { giveBackSharedMemory, takeSharedMemory } from './shared-memory.ts';

const bytes = (buffer: SharedArrayBuffer): Uint8Array => new Uint8Array(buffer);

test('memory that was given back is used again, empty, for the same size alone', () => {
  const first = takeSharedMemory(4096);
  bytes(first).fill(7);
  giveBackSharedMemory(first);
  expect(takeSharedMemory(8192)).not.toBe(first);
  const again = takeSharedMemory(4096);
  expect(again).toBe(first);
  expect(bytes(again).every((byte) => byte === 0)).toBe(true);
});

test('memory in use goes to nobody else', () => {
  const first = takeSharedMemory(4096);
  expect(takeSharedMemory(4096)).not.toBe(first);
});

test('what is kept for later is bounded', () => {
  const size = 12 * 2 ** 20;
  const taken = Array.from({ length: 4 }, () => takeSharedMemory(size));
  for (const buffer of taken) giveBackSharedMemory(buffer);
  const again = new Set(Array.from({ length: 4 }, () => takeSharedMemory(size)));
  expect(taken.filter((buffer) => again.has(buffer))).toHaveLength(2);
});
