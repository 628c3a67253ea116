import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: Buffer,
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

export function sendProblem(response: ServerResponse, status: number, code: string | undefined, message: string): void {
  sendJson(response, status, { code: code ?? 'INTERNAL', message });
}

/** Answers an upgrade that is not let in like any HTTP request, and hangs up. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, status: number, message: string): void {
  const body = Buffer.from(JSON.stringify({ message }));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${request.method === 'HEAD' ? '' : body.toString()}`,
  );
}
