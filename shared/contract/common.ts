import { oc } from '@orpc/contract';
import { z } from 'zod';
import { id } from '../domain/jobs/shapes.ts';
import type { Right } from '../domain/rights.ts';

export { id, objectName, schedule } from '../domain/jobs/shapes.ts';
export const timeMs = z.number().int().describe('milliseconds since 1970, UTC');
export const sizeBytes = z.number().int().nonnegative();
/** What an error carries beside its code and message: the input it belongs to and what to do next. */
const problem = z.object({ field: z.string().optional(), advice: z.string().optional() });

/**
 * Every procedure fails with one of these, a message for an administrator, and never with a stack trace.
 * INVALID: an input is wrong. NOT_FOUND: no such object. CONFLICT: the state of things forbids it now.
 * UNAVAILABLE: something outside is not there (a mount, a library). CONFIRM: destructive and not confirmed.
 * FORBIDDEN: the actor has not the right that the call needs.
 */
export const errors = {
  INVALID: { status: 422, data: problem },
  NOT_FOUND: { status: 404, data: problem },
  CONFLICT: { status: 409, data: problem },
  UNAVAILABLE: { status: 503, data: problem },
  CONFIRM: { status: 412, data: problem },
  FORBIDDEN: { status: 403, data: problem },
  INTERNAL: { status: 500, data: problem },
} as const;
export type ErrorCode = keyof typeof errors;

/** What a call says of itself beside its shapes. */
export interface CallMeta {
  /** Whoever makes the call needs one of these. */
  rights: readonly Right[];
}

/** Begins a call of the contract with the right it needs; of several, one is enough: what it is about decides which. */
export const call = (...rights: [Right, ...Right[]]) => oc.$meta<CallMeta>({ rights }).errors(errors);

/** How a list is asked for: the engine pages, sorts and filters, so that a client never holds more than it shows. */
export const listQuery = z.object({
  offset: z.number().int().nonnegative().default(0),
  limit: z.number().int().min(1).max(1000).default(200),
  sort: z.object({ by: z.string().max(60), direction: z.enum(['asc', 'desc']) }).optional(),
  search: z.string().max(200).optional(),
  filters: z
    .record(z.string().max(60), z.array(z.string().max(200)).max(200))
    .optional()
    .describe('column -> accepted values'),
});
export type ListQuery = z.infer<typeof listQuery>;
export type ListRequest = z.input<typeof listQuery>;

export const page = <T extends z.ZodType>(row: T) =>
  z.object({ rows: z.array(row), total: z.number().int().nonnegative() });
export interface Page<T> {
  rows: T[];
  total: number;
}

/** Counts how often an object was edited. A save takes the one that was read, and is refused when there is a newer one. */
export const version = z.number().int().min(1);
export const byId = z.object({ id });
export const done = z.object({ ok: z.literal(true) });
/** Long work returns its session at once; the rest is read from `sessions`. */
export const started = z.object({ sessionId: id });

/** Of a backup: it may have been made by a newer version, which knows more platforms. */
export const platformId = z.string().min(1).max(60);
