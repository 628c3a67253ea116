import { z } from 'zod';

/** What the main process tells the engine's process; `connect` comes with a port. */
export type ToEngine =
  | { type: 'connect' }
  | { type: 'close' }
  | { type: 'ping' }
  /** The answer to a question to the key ring: what came out (sealed bytes as base64), or why nothing did. */
  | { type: 'key-ring'; id: number; value: string; renew?: boolean }
  | { type: 'key-ring'; id: number; error: string };

const note = z.object({
  id: z.string(),
  name: z.string(),
  /** How it ended, or what it waits for. */
  result: z.enum(['success', 'warning', 'failed', 'stopped']).nullable(),
  text: z.string().nullable(),
});

export type SessionNote = z.infer<typeof note>;

const fromEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pong') }),
  z.object({ type: z.literal('ready'), secretWarning: z.string().nullable() }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
  z.object({
    type: z.literal('sessions'),
    running: z.array(z.object({ id: z.string(), name: z.string() })),
    /** Since the last message: sessions that ended, and those that began to wait for a tape. */
    ended: z.array(note),
    waiting: z.array(note),
  }),
  /** A question to the system's key ring: why it may not be used, if so; to seal a text; to unseal bytes (base64). */
  z.object({
    type: z.literal('key-ring'),
    id: z.number(),
    ask: z.enum(['refusal', 'seal', 'unseal']),
    value: z.string().max(10_000),
  }),
]);

/** What the engine's process tells the main process. */
export type FromEngine = z.infer<typeof fromEngine>;
export type KeyRingQuestion = Extract<FromEngine, { type: 'key-ring' }>;

/** A message of the engine's process, or undefined for anything else. */
export function readFromEngine(message: unknown): FromEngine | undefined {
  const read = fromEngine.safeParse(message);
  return read.success ? read.data : undefined;
}
