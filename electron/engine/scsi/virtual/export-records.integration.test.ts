import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportTapeFile, listTapeFiles } from './export-records.ts';
import { type TemporaryLibrary, temporaryLibrary } from './testing/temporary-library.ts';

const run = promisify(execFile);
const recordSize = 262_144;
let temporary: TemporaryLibrary;
let work: string;

beforeEach(async () => {
  temporary = await temporaryLibrary({ shape: { cartridgeCapacityBytes: 32 * 1_048_576 } });
  work = await mkdtemp(join(tmpdir(), 'export-'));
});
afterEach(async () => {
  await temporary.close();
  await rm(work, { recursive: true });
});

/** The script that the documentation gives for reading a tape file with standard tools. */
async function documentedScript(): Promise<string> {
  const page = await readFile(new URL('../../../../docs/guide/tapes-without-reelvault.md', import.meta.url), 'utf8');
  const script = /tapefile\.sh -->\n```sh\n(?<script>.*?)```/s.exec(page)?.groups?.script;
  if (!script) throw new Error('The documentation no longer holds the script.');
  return script;
}

test('tar archives on a cartridge are read back by the exporter, and by the documented script with standard tools', async () => {
  const archives: Buffer[] = [];
  for (const [name, sizeBytes] of [
    ['first', 1_300_001],
    ['second', 12],
    ['third', 700_000],
  ] as const) {
    const folder = join(work, name);
    await mkdir(folder);
    await writeFile(join(folder, 'data'), Buffer.alloc(sizeBytes, `${name} `));
    const archive = join(work, `${name}.tar`);
    await run('tar', ['-b', '512', '-C', work, '-cf', archive, name]);
    archives.push(await readFile(archive));
  }
  const { drive, changer, directory } = temporary;
  await temporary.loadFirst();
  for (const archive of archives) {
    await drive.writeRecords(archive, recordSize);
    await drive.writeFilemarks(1, { immediate: true });
  }
  await drive.writeRecord(Buffer.from('cut off'));
  await drive.unload();
  await changer.move(256, 4096);

  const image = join(directory, 'cartridges', 'RV0001L8.tap');
  const files = await listTapeFiles(image);
  expect(files.map(({ lengthBytes, ended }) => [lengthBytes, ended])).toEqual([
    ...archives.map((archive) => [archive.length, true]),
    [7, false],
  ]);
  const script = join(work, 'tapefile.sh');
  await writeFile(script, await documentedScript());
  for (const [file, archive] of archives.entries()) {
    const exported = join(work, `exported-${file}.tar`);
    expect(await exportTapeFile(image, file, exported)).toBe(archive.length);
    expect((await readFile(exported)).equals(archive)).toBe(true);
    const options = { encoding: 'buffer', maxBuffer: 64 * 1_048_576 } as const;
    const { stdout } = await run('sh', [script, image, String(file)], options);
    expect(stdout.equals(archive)).toBe(true);
  }
  const third = join(work, 'again');
  await mkdir(third);
  await run('tar', ['-b', '512', '-C', third, '-xf', join(work, 'exported-2.tar')]);
  expect((await readFile(join(third, 'third', 'data'))).equals(Buffer.alloc(700_000, 'third '))).toBe(true);
});

test('the documented script goes on behind damage, says what it is, and does not end well', async () => {
  const { drive, changer, directory } = temporary;
  await temporary.loadFirst();
  const archives = ['one', 'two', 'three'].map((text) => Buffer.alloc(3 * recordSize, `${text} `));
  for (const archive of archives) {
    await drive.writeRecords(archive, recordSize);
    await drive.writeFilemarks(1, { immediate: true });
  }
  await drive.unload();
  await changer.move(256, 4096);
  const image = await readFile(join(directory, 'cartridges', 'RV0001L8.tap'));
  const script = join(work, 'tapefile.sh');
  await writeFile(script, await documentedScript());
  const span = recordSize + 8;
  const fileSpan = 3 * span + 4;
  const cases: [string, number, number[]][] = [
    ['the length before a record', fileSpan + span, [1]],
    ['the length behind a record', fileSpan + 2 * span - 4, [1]],
    ['a filemark', fileSpan + 3 * span, [1]],
    ['the last filemark', 3 * fileSpan - 4, [2]],
    ['nothing', image.length + 100, []],
  ];
  for (const [what, offset, damagedFiles] of cases) {
    for (const bit of [2, 17, 30]) {
      const flipped = Buffer.from(image);
      if (offset < flipped.length) flipped[offset + (bit >> 3)]! ^= 1 << (bit & 7);
      const path = join(work, 'damaged.tap');
      await writeFile(path, flipped);
      for (const [file, archive] of archives.entries()) {
        const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const;
        const ended = await run('sh', [script, path, String(file)], options).catch((error: unknown) => error);
        const { stdout, stderr, code } = ended as { stdout: Buffer; stderr: Buffer; code?: number };
        expect([what, bit, file, stdout.equals(archive), code ?? 0]).toEqual([
          what,
          bit,
          file,
          true,
          damagedFiles.includes(file) ? 1 : 0,
        ]);
        expect(stderr.toString()).toContain(`3 records, ${damagedFiles.includes(file) ? 1 : 0} damaged`);
      }
      await expect(run('sh', [script, path, '3'])).rejects.toMatchObject({ code: 3 });
    }
  }
  const cut = join(work, 'cut.tap');
  await writeFile(cut, image.subarray(0, fileSpan + span));
  await expect(run('sh', [script, cut, '1'], { encoding: 'buffer', maxBuffer: 2 ** 26 })).rejects.toMatchObject({
    code: 1,
  });
  await expect(run('sh', [script, cut, '2'])).rejects.toMatchObject({ code: 3 });
});

test('exporting refuses to overwrite, says what is missing, and leaves nothing half done', async () => {
  const { drive, changer, directory, library } = temporary;
  await temporary.loadFirst();
  await drive.writeRecord(Buffer.from('one'));
  await drive.writeFilemarks(2, { immediate: true });
  await drive.writeRecord(Buffer.from('two'));
  await drive.unload();
  await changer.move(256, 4096);
  const image = join(directory, 'cartridges', 'RV0001L8.tap');
  const output = join(work, 'output');
  await expect(exportTapeFile(image, 3, output)).rejects.toThrow('no tape file 3');
  expect(await exportTapeFile(image, 1, output)).toBe(0);
  await expect(exportTapeFile(image, 0, output)).rejects.toThrow('EEXIST');
  await library.control.damageRecord('RV0001L8', 3);
  await expect(exportTapeFile(image, 2, join(work, 'bad'))).rejects.toThrow('block 3 is marked as unreadable');
  await expect(readFile(join(work, 'bad'))).rejects.toThrow('ENOENT');
});

test('as a command it lists and exports', async () => {
  const { drive, directory } = temporary;
  await temporary.loadFirst();
  await drive.writeRecord(Buffer.from('hello'));
  await drive.unload();
  const program = join(import.meta.dirname, 'export-records.ts');
  const image = join(directory, 'cartridges', 'RV0001L8.tap');
  expect((await run(process.execPath, [program, image])).stdout).toContain('lengthBytes');
  await run(process.execPath, [program, image, '0', join(work, 'out')]);
  expect(await readFile(join(work, 'out'), 'utf8')).toBe('hello');
  await expect(run(process.execPath, [program, image, 'x'])).rejects.toMatchObject({ code: 2 });
});
