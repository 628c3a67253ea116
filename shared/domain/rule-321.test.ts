import { expect, test } from 'vitest';
import { judge321 } from './rule-321.ts';

test('a machine, a repository and tape are three copies on two kinds of media, one apart', () => {
  const judged = judge321({ repositories: 1, awayRepositories: 0, mediaPools: 1 });
  expect(judged.holds).toBe(true);
  expect(judged.reason).toBe('The machine, 1 repository and tape.');
  expect(judged.parts.map((part) => part.holds)).toEqual([true, true, true]);
});

test('what is missing first is the reason', () => {
  expect(judge321({ repositories: 0, awayRepositories: 0, mediaPools: 0 }).reason).toBe(
    'One copy: the machine; three are wanted.',
  );
  expect(judge321({ repositories: 1, awayRepositories: 0, mediaPools: 0 }).reason).toBe(
    '2 copies: the machine and 1 repository; three are wanted.',
  );
  const disks = judge321({ repositories: 3, awayRepositories: 0, mediaPools: 0 });
  expect(disks.reason).toBe('All copies are on disk; another kind of media is wanted.');
  expect(disks.parts.map((part) => part.holds)).toEqual([true, false, false]);
  const tape = judge321({ repositories: 0, awayRepositories: 0, mediaPools: 1 });
  expect(tape).toMatchObject({ holds: false, reason: '2 copies: the machine and tape; three are wanted.' });
});

test('two media pools are two copies', () => {
  expect(judge321({ repositories: 0, awayRepositories: 0, mediaPools: 2 })).toMatchObject({
    holds: true,
    reason: 'The machine and tapes of 2 media pools.',
  });
});

test('a repository that cannot be reached counts for nothing, and is said', () => {
  expect(judge321({ repositories: 1, awayRepositories: 1, mediaPools: 0 }).reason).toBe(
    '2 copies: the machine and 1 repository; three are wanted. 1 repository with more of it cannot be reached now.',
  );
});
