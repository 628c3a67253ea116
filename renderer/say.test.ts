import { expect, test } from 'vitest';
import { catalogue, inPseudo, say } from './say.ts';

test('English is what is written', () => {
  expect(say('No jobs yet')).toBe('No jobs yet');
  expect(say`Edit ${'Nightly'}: ${3} machines`).toBe('Edit Nightly: 3 machines');
  const texts = { title: 'Jobs', of: (count: number): string => `${count} jobs` };
  expect(catalogue(texts)).toBe(texts);
});

test('the made-up language brackets a text once, lengthens it, and leaves values alone', () => {
  expect(inPseudo(['Edit ', ''], ['Nightly'])).toBe('⟦Édít Nightly~~⟧');
  expect(inPseudo([inPseudo(['No'], [])], [])).toBe('⟦Nó~~~⟧');
  expect(inPseudo([''], [])).toBe('');
});
