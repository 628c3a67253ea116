import { ORPCError } from '@orpc/client';
import { HostProblem } from './host.ts';
import { say } from '../say.ts';

/** What went wrong, for a person: the message, what to do about it, and the input it belongs to. */
export interface Problem {
  code: string;
  message: string;
  advice: string | null;
  field: string | null;
}

/** Thrown by calls while there is no engine to call; nothing was sent. */
export class EngineAway extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineAway';
  }
}

function text(data: unknown, name: string): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const value = (data as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}

const saidIssues = 3;

/** What is wrong with an input that was refused as a whole: the first few remarks on it. */
function issuesIn(data: unknown): string | null {
  const issues = typeof data === 'object' && data !== null && 'issues' in data ? data.issues : null;
  if (!Array.isArray(issues)) return null;
  // The schema library's own wording is for programmers.
  const messages = issues
    .map((issue: unknown) => text(issue, 'message'))
    .filter((message) => message !== null && !/^(Invalid|Too (small|big)|Unrecognized)/.test(message));
  return messages.length === 0
    ? say('Something that is needed is missing, or not possible.')
    : [...new Set(messages)].slice(0, saidIssues).join(' ');
}

/** Any error of a call as a problem; never a stack trace. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ORPCError) {
    return {
      code: error.code,
      message: issuesIn(error.data) ?? error.message,
      advice: text(error.data, 'advice'),
      field: text(error.data, 'field'),
    };
  }
  if (error instanceof HostProblem) return { code: 'HOST', message: error.message, advice: error.advice, field: null };
  if (error instanceof EngineAway) {
    return { code: 'AWAY', message: error.message, advice: say('The console reconnects by itself.'), field: null };
  }
  // What a form checks itself, before anything is sent.
  if (error instanceof RangeError) return { code: 'INVALID', message: error.message, advice: null, field: null };
  return {
    code: 'LOST',
    message: say('The connection to the engine was lost before it answered.'),
    advice: say('Look at the list before trying again: the engine may have done it.'),
    field: null,
  };
}
