import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { credentials } from '../../shared/contract/credentials.ts';
import { EngineAway } from '../state/problem.ts';
import { inputProblems, messageOf, refusalOf, schemaProblems } from './problems.ts';

describe('what the contract says', () => {
  const schema = z.object({
    name: z.string().min(1, 'Enter a name.'),
    count: z.number().int().min(1).max(9),
    path: z.string().min(1),
  });

  it('keeps the contract’s words and puts others into plain ones', () => {
    expect(schemaProblems(schema, { name: '', count: Number.NaN, path: '' })).toEqual([
      { field: 'name', message: 'Enter a name.' },
      { field: 'count', message: 'Enter a number.' },
      { field: 'path', message: 'This is needed.' },
    ]);
    expect(schemaProblems(schema, { name: 'a', count: 0, path: '/' })).toEqual([
      { field: 'count', message: 'At least 1.' },
    ]);
    expect(schemaProblems(schema, { name: 'a', count: 12, path: '/' })).toEqual([
      { field: 'count', message: 'At most 9.' },
    ]);
    expect(schemaProblems(schema, { name: 'a', count: 1.5, path: '/' })[0]?.message).toBe('Enter a whole number.');
    expect(schemaProblems(schema, { name: 'a', count: 3, path: '/' })).toEqual([]);
  });

  it('reads a procedure’s own input schema', () => {
    const problems = inputProblems(credentials.addKey, { name: 'k', passphrase: 'short' });
    expect(problems).toEqual([{ field: 'passphrase', message: 'A passphrase has at least 8 characters.' }]);
  });
});

describe('what a failed call says', () => {
  it('lands on the field that the engine names, without the wrapper, with the advice', () => {
    const error = new ORPCError('CONFLICT', {
      message: 'The name is taken.',
      data: { field: 'settings.name', advice: 'Choose another.' },
    });
    expect(refusalOf(error)).toEqual({
      problems: [{ field: 'name', message: 'The name is taken. Choose another.' }],
      failure: null,
    });
  });

  it('spreads the issues of a refused input over their fields', () => {
    const error = new ORPCError('BAD_REQUEST', {
      data: {
        issues: [
          { path: ['settings', 'machines', 0, 'name'], message: 'Enter a name.' },
          { path: [{ key: 'settings' }, { key: 'path' }], message: 'Enter a folder.' },
        ],
      },
    });
    expect(refusalOf(error).problems).toEqual([
      { field: 'machines.0.name', message: 'Enter a name.' },
      { field: 'path', message: 'Enter a folder.' },
    ]);
  });

  it('belongs to no field when the engine names none', () => {
    const error = new ORPCError('UNAVAILABLE', { message: 'Nothing is mounted.', data: { advice: 'Mount it.' } });
    expect(refusalOf(error)).toEqual({
      problems: [],
      failure: { message: 'Nothing is mounted.', advice: 'Mount it.' },
    });
    expect(messageOf(error)).toBe('Nothing is mounted. Mount it.');
  });

  it('says that nothing was sent when there is no engine', () => {
    const { problems, failure } = refusalOf(new EngineAway('The engine cannot be reached; nothing was sent.'));
    expect(problems).toEqual([]);
    expect(failure?.message).toMatch(/nothing was sent/);
  });
});
