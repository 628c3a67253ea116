import { expect, test } from 'vitest';
import { nameOfClone } from './job-names.ts';

test('a clone has a name of its own, however long the first one is', () => {
  expect(nameOfClone('Nightly', [])).toBe('Nightly copy');
  expect(nameOfClone('Nightly', ['nightly COPY', 'Nightly copy 2'])).toBe('Nightly copy 3');
  expect(nameOfClone('x'.repeat(120), [])).toHaveLength(120);
  // Not cut in the middle of a character.
  expect(nameOfClone(`${'x'.repeat(114)}😀`, []).isWellFormed()).toBe(true);
});
