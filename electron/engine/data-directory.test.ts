import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DataDirectory, DataDirectoryLocked, DataDirectoryOfAnother, readRunningAddress } from './data-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'reelvault-data-'));
afterAll(() => rmSync(root, { recursive: true }));

test('a second opener is told who has it; after closing it is free', () => {
  const directory = DataDirectory.open(join(root, 'a'));
  directory.publishAddress({ url: 'http://127.0.0.1:1', token: 't', console: true });
  expect(statSync(directory.file('running.json')).mode & 0o777).toBe(0o600);
  expect(() => DataDirectory.open(join(root, 'a'))).toThrow(DataDirectoryLocked);
  expect(() => DataDirectory.open(join(root, 'a'))).toThrow(`process ${process.pid}`);
  directory.close();
  expect(readRunningAddress(join(root, 'a'))).toBeUndefined();
  DataDirectory.open(join(root, 'a')).close();
});

test('the lock of a process that died is taken over', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => dead.on('exit', resolve));
  const directory = DataDirectory.open(join(root, 'b'));
  directory.close();
  writeFileSync(join(root, 'b', 'engine.lock'), JSON.stringify({ pid: dead.pid, since: 'then' }));
  DataDirectory.open(join(root, 'b')).close();
  writeFileSync(join(root, 'b', 'engine.lock'), 'torn');
  DataDirectory.open(join(root, 'b')).close();
});

test.skipIf(process.getuid?.() !== 0)('root writes nothing into what belongs to somebody else, and says how to', () => {
  const path = join(root, 'theirs');
  mkdirSync(path);
  // daemon(1) on every Unix.
  chownSync(path, 1, 1);
  expect(() => DataDirectory.open(path)).toThrow(DataDirectoryOfAnother);
  expect(() => DataDirectory.open(path)).toThrow('belongs to the user daemon');
  expect(readdirSync(path)).toEqual([]);
  chownSync(path, 0, 0);
  DataDirectory.open(path).close();
});
