import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Tgt, tgtMissing } from '../engine/scsi/iscsi/testing/tgt.ts';

const run = promisify(execFile);
const cliPath = fileURLToPath(new URL('./main.js', import.meta.url));
const secret = 'a-secret-of-the-vtl';
let folder: string;
let tgt: Tgt;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-cli-iscsi-'));
});
afterEach(async () => {
  await tgt.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs one command line to its end and returns everything it printed, and its exit code. */
async function rv(...args: string[]): Promise<{ code: number; text: string }> {
  const env = { ...process.env, REELVAULT_DATA: path.join(folder, 'data') };
  const ended = await run(process.execPath, [cliPath, ...args], { cwd: folder, env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const text = `${ended.stdout}${ended.stderr}`;
  expect(text).not.toContain(secret);
  return { code: 'code' in ended ? ended.code : 0, text };
}

describe.skipIf(tgtMissing)(`library over iSCSI${tgtMissing ? ` (skipped: ${tgtMissing})` : ''}`, () => {
  test('discover, add, edit, rescan and remove, with the secret from a file', async () => {
    tgt = await Tgt.start({ barcodes: ['RV0001L8', 'RV0002L8'], chap: { user: 'backup', secret } });
    await writeFile(path.join(folder, 'secret'), `${secret}\n`);
    const portal = ['--portal', tgt.portal];
    const signIn = ['--chap-user', 'backup', '--chap-secret-file', 'secret'];
    expect(await rv('library', 'discover-iscsi', ...portal)).toMatchObject({
      code: 6,
      text: expect.stringMatching(/user name and secret[^]*enter them/),
    });
    const found = await rv('library', 'discover-iscsi', ...portal, ...signIn);
    expect(found).toMatchObject({ code: 0, text: expect.stringContaining(`${tgt.target}/1  changer`) });
    expect(await rv('library', 'add-iscsi', 'vtl', ...portal, ...signIn, '--drive', 'nonsense')).toMatchObject({
      code: 2,
    });
    const added = await rv('library', 'add-iscsi', 'vtl', ...portal, ...signIn);
    expect(added).toMatchObject({ code: 0, text: expect.stringContaining('Library vtl is added: EXAMPLE VTL.') });
    // The changer is taken: it is not offered a second time.
    expect(await rv('library', 'add-iscsi', 'again', ...portal, ...signIn)).toMatchObject({ code: 6 });
    expect(await rv('library', 'edit', 'vtl', '--portal', '127.0.0.1:1')).toMatchObject({
      code: 6,
      text: expect.stringContaining('nothing listens'),
    });
    expect(await rv('library', 'edit', 'vtl', '--name', 'appliance', '--data-digest')).toMatchObject({ code: 0 });
    const rescanned = await rv('library', 'rescan', 'appliance');
    expect(rescanned.text).toContain('Library appliance is online: 2 drives, 8 slots, 2 tapes.');
    expect(await rv('library', 'remove', 'appliance')).toMatchObject({ code: 0 });
  });
});
