import { expect, test } from 'vitest';
import { type OutcomeKind, outcomeKinds, outcomeWords, resultOf, worstResult } from './outcomes.ts';
import type { SessionResult } from './session-types.ts';

test.each<[OutcomeKind[], SessionResult]>([
  [[], 'success'],
  [['done'], 'success'],
  [['done', 'nothing-new'], 'success'],
  [['done', 'done-with-warnings'], 'warning'],
  [['partial', 'nothing-new'], 'warning'],
  [['waiting', 'done'], 'warning'],
  [['cancelled', 'done', 'partial'], 'stopped'],
  [['cancelled', 'cannot', 'done'], 'failed'],
])('%j make a session that is a %s', (outcomes, result) => {
  expect(worstResult(outcomes.map(resultOf))).toBe(result);
});

test('every outcome has words of its own', () => {
  expect(new Set(outcomeKinds.map(outcomeWords)).size).toBe(7);
});
