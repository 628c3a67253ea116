import { expect, test } from 'vitest';
import { openDigestLane } from './digest-pool.ts';
import { RecordRing } from './record-ring.ts';

// A size that nothing else in this process asks for, so that spare memory of it is ours.
const newRing = (): RecordRing => new RecordRing(3, 24_576);

test('memory that was given back is used again, by one at a time', async () => {
  const first = newRing();
  const { buffer } = first.memory;
  first.release();
  first.release();
  const [second, third] = [newRing(), newRing()];
  expect(second.memory.buffer).toBe(buffer);
  expect(third.memory.buffer).not.toBe(buffer);
  // Threads know it, whether they were there before or not.
  const chunk = await second.take();
  chunk.bytes.fill(7);
  const digest = openDigestLane().start();
  await digest.update(second.memory, chunk.offset, 3);
  expect(await digest.sha256()).toBe('6a7dc6f4267242f01f6636a45c31da51c036da1e9879abce7e1d0aaa76aad876');
  second.letGo(chunk);
  second.release();
  third.release();
});

test.each<[string, (ring: RecordRing) => unknown]>([
  ['a chunk is still held', (ring) => ring.take()],
  [
    'writing had failed',
    (ring) => {
      ring.fail(new Error('no medium'));
      ring.recover();
    },
  ],
  ['the drive had failed', (ring) => ring.distrust()],
])('memory is given to nobody when %s', async (_, happen) => {
  const ring = newRing();
  await happen(ring);
  const { buffer } = ring.memory;
  ring.release();
  const others = [newRing(), newRing(), newRing()];
  expect(others.map(({ memory }) => memory.buffer)).not.toContain(buffer);
  for (const other of others) other.release();
});
