import { expect, test } from 'vitest';
import { matchCommands } from './match-commands.ts';

const entry = (label: string, refusal: string | null = null) => ({ label, area: 'Home', refusal });
const labels = (text: string, entries: ReturnType<typeof entry>[]): string[] =>
  matchCommands(entries, text).map((found) => found.label);

test('every word has to be there; what begins with it is first, what is refused last', () => {
  const entries = [entry('Restore from Tape'), entry('Tape Jobs', 'No.'), entry('Tape'), entry('Backup')];
  expect(labels('tape', entries)).toEqual(['Tape', 'Restore from Tape', 'Tape Jobs']);
  expect(labels('tape restore', entries)).toEqual(['Restore from Tape']);
  expect(labels('  ', entries)).toHaveLength(4);
  expect(labels('nothing like it', entries)).toEqual([]);
});
