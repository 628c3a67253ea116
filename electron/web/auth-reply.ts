import type { ServerResponse } from 'node:http';
import { sendJson } from '../hosting/replies.ts';
import type { AuthReply } from './auth.ts';

export function sendAuth(response: ServerResponse, reply: AuthReply): void {
  if (reply.cookies !== undefined) response.setHeader('Set-Cookie', reply.cookies);
  if (reply.retryAfterMs !== undefined) response.setHeader('Retry-After', Math.ceil(reply.retryAfterMs / 1000));
  sendJson(response, reply.status, reply.body);
}
