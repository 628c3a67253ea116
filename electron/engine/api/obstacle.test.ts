import { mkdir, open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ConnectionLost } from '../scsi/iscsi/connection.ts';
import { ChapError } from '../scsi/iscsi/chap.ts';
import { TransportError } from '../scsi/transport.ts';
import { respond } from './respond.ts';

const answerTo = (act: () => unknown) =>
  respond(async () => await act()).then(
    () => undefined,
    (error: unknown) => error,
  );

test.each<[string, () => unknown]>([
  ['a folder below a file', () => mkdir('/dev/null/folder', { recursive: true })],
  ['a file that is not there', () => open('/nowhere/at/all', 'r')],
  ['a name that no file system takes', () => open(`/${'x'.repeat(300)}`, 'r')],
  [
    'a full disk',
    () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })),
  ],
  ['a connection that was lost', () => Promise.reject(new ConnectionLost('was closed by the target'))],
  ['a sign-in that is not right', () => Promise.reject(new ChapError('the target’s answer is wrong'))],
  ['a drive that does not answer', () => Promise.reject(new TransportError('Drive 1', 'no answer within 60 s'))],
])('%s is an obstacle that is told, not a fault', async (_what, act) => {
  expect(await answerTo(act)).toMatchObject({ code: 'UNAVAILABLE', status: 503, defined: true });
});

test('a full database is told with what to do', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3');
  const fill = (): void => {
    for (;;) database.prepare('INSERT INTO t VALUES (zeroblob(4000))').run();
  };
  expect(await answerTo(fill)).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The database cannot be written now: its file system is full.',
    data: { advice: expect.stringContaining('Free space') },
  });
  database.close();
});

test('what only a fault of this program brings about stays one', async () => {
  expect(await answerTo(() => Promise.reject(new TypeError('x is undefined')))).toMatchObject({ code: 'INTERNAL' });
  const badDescriptor = Object.assign(new Error('EBADF'), { code: 'EBADF', syscall: 'read' });
  expect(await answerTo(() => Promise.reject(badDescriptor))).toMatchObject({ code: 'INTERNAL' });
  const broken = new DatabaseSync(':memory:');
  expect(await answerTo(() => broken.exec('NO SQL'))).toMatchObject({ code: 'INTERNAL' });
  broken.close();
});
