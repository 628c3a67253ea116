import { ORPCError } from '@orpc/client';
import type { z } from 'zod';
import { problemOf } from '../state/problem.ts';
import { say } from '../say.ts';

/** Something wrong with one field. Fields are dotted paths of the settings: `name`, `machines.0.disks.1.path`. */
export interface Problem {
  field: string;
  message: string;
}

/** Something wrong that belongs to no field. */
export interface Failure {
  message: string;
  advice?: string | undefined;
}

/** A refused call: what of it belongs to fields, and what does not. */
export interface Refusal {
  problems: Problem[];
  failure: Failure | null;
}

type Segment = PropertyKey | { readonly key: PropertyKey };

/** The dotted field name of a path in an input; the wrapper `settings` is not part of a field's name. */
export const fieldOfPath = (path: readonly Segment[]): string => {
  const names = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return (names[0] === 'settings' ? names.slice(1) : names).join('.');
};

const stripSettings = (field: string): string => field.replace(/^settings\./, '').replaceAll(/\[(\d+)\]/g, '.$1');

/** Zod's own wording is for programmers; messages written in the contract are kept. */
const readable = (issue: z.core.$ZodIssue): string => {
  const { message } = issue;
  if (!/^(Invalid|Too (small|big)|Unrecognized)/.test(message)) return message;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int') return say('Enter a whole number.');
      return issue.expected === 'number' ? say('Enter a number.') : say('This is needed.');
    case 'too_small':
      return issue.origin === 'string' ? say('This is needed.') : say`At least ${String(issue.minimum)}.`;
    case 'too_big':
      return issue.origin === 'string'
        ? say`At most ${String(issue.maximum)} characters.`
        : say`At most ${String(issue.maximum)}.`;
    default:
      return say('This is not possible here.');
  }
};

/** What the contract's schema says against a value: the first message for every field, in the schema's order. */
export const schemaProblems = (schema: z.ZodType, value: unknown): Problem[] => {
  const result = schema.safeParse(value);
  if (result.success) return [];
  const byField = new Map<string, string>();
  for (const issue of result.error.issues) {
    const field = fieldOfPath(issue.path);
    if (!byField.has(field)) byField.set(field, readable(issue));
  }
  return [...byField].map(([field, message]) => ({ field, message }));
};

/** The same for the input of one of the contract's procedures. */
export const inputProblems = (
  procedure: { '~orpc': { inputSchema?: z.ZodType | undefined } },
  value: unknown,
): Problem[] => {
  const schema = procedure['~orpc'].inputSchema;
  return schema === undefined ? [] : schemaProblems(schema, value);
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const issuesOf = (data: unknown): Problem[] => {
  if (!isRecord(data) || !Array.isArray(data['issues'])) return [];
  return data['issues'].flatMap((issue: unknown) =>
    isRecord(issue) && Array.isArray(issue['path']) && typeof issue['message'] === 'string'
      ? [{ field: fieldOfPath(issue['path'] as Segment[]), message: issue['message'] }]
      : [],
  );
};

/**
 * What a failed call says, sorted by where it belongs. Typed errors carry `data.field` and `data.advice`; refused
 * inputs carry zod's issues; anything else is a lost connection or a fault, and belongs to no field.
 */
export const refusalOf = (error: unknown): Refusal => {
  const problem = problemOf(error);
  const failure = { message: problem.message, advice: problem.advice ?? undefined };
  if (!(error instanceof ORPCError)) return { problems: [], failure };
  const problems = issuesOf(error.data);
  if (problems.length > 0) return { problems, failure: null };
  if (problem.field !== null && problem.field !== '') {
    const message = problem.advice === null ? problem.message : `${problem.message} ${problem.advice}`;
    return { problems: [{ field: stripSettings(problem.field), message }], failure: null };
  }
  return { problems: [], failure };
};

/** A failed question to the engine, as one line. */
export const messageOf = (error: unknown): string => {
  const { problems, failure } = refusalOf(error);
  if (failure === null) return problems.map((problem) => problem.message).join(' ');
  return failure.advice === undefined ? failure.message : `${failure.message} ${failure.advice}`;
};
