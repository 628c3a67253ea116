import type { IncomingMessage } from 'node:http';

const limitBytes = 16 * 1024;

export type JsonBody = { ok: true; value: unknown } | { ok: false; status: 400 | 413 | 415; message: string };

/** Reads a small JSON body; an empty one is `{}`. Anything but `application/json` is refused (a form cannot send it). */
export async function readJsonBody(request: IncomingMessage): Promise<JsonBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) return { ok: false, status: 413, message: 'The request is too large.' };
    chunks.push(chunk);
  }
  if (length === 0) return { ok: true, value: {} };
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { ok: false, status: 415, message: 'Send application/json.' };
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return { ok: false, status: 400, message: 'The request is not valid JSON.' };
  }
}
