import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TapeCatalogue, TapeState } from './documents.ts';
import { catalogueTape, readPreviousCatalogues } from './scan.ts';
import { startTape } from './start-tape.ts';
import { restoreSlices } from './tape-reader.ts';
import { TapeWriter } from './tape-writer.ts';
import { type SampleFile, sampleFile, samplePoint, sampleSet } from './testing/sample-session.ts';
import { VirtualTapes } from './testing/virtual-tapes.ts';
import type { RunningDigest } from './tape-writer-types.ts';

const run = promisify(execFile);
const MiB = 1024 * 1024;
let tapes: VirtualTapes;

beforeEach(async () => {
  tapes = await VirtualTapes.create({ tapes: 6, capacityBytes: 16 * MiB, earlyWarningBytes: 8 * MiB });
});

afterEach(async () => {
  await tapes.remove();
});

/** Writes files over as many tapes as they need, as a job would; returns the catalogues of the tapes. */
async function writeSet(files: SampleFile[]): Promise<TapeCatalogue[]> {
  const catalogues: TapeCatalogue[] = [];
  const session = { uuid: randomUUID(), jobName: 'Nightly to tape', startedAt: Date.now() };
  let writer: TapeWriter | undefined;
  const nextTape = async (): Promise<TapeWriter> => {
    if (writer) catalogues.push((await writer.finish()).catalogue);
    const number = catalogues.length + 1;
    await tapes.load(number);
    const identity = {
      uuid: randomUUID(),
      barcode: VirtualTapes.barcode(number),
      label: `Tape ${number}`,
      createdAt: Date.now(),
    };
    const set = sampleSet(number, catalogues.at(-1)?.tape.uuid);
    const tape: TapeState = await startTape(tapes.drive, { identity, set, previousCatalogues: catalogues });
    return new TapeWriter({ drive: tapes.drive, tape, session, sliceBytes: MiB, dataFileBytes: 3 * MiB });
  };
  writer = await nextTape();
  for (const file of files) {
    const slices = [];
    let runningDigest: RunningDigest | undefined;
    for (let fromSlice = 0; ; ) {
      const result = await writer.writeFile({ ...file, fromSlice, runningDigest });
      slices.push(...result.slices);
      if (result.status === 'done') {
        const point = samplePoint(file, slices, result.sha256);
        if (!writer.isOpen) writer = await nextTape();
        await writer.commitPoint(point);
        break;
      }
      if (result.status === 'void') throw new Error(result.reason);
      ({ nextSlice: fromSlice, runningDigest } = result);
      writer = await nextTape();
    }
  }
  catalogues.push((await writer.finish()).catalogue);
  return catalogues;
}

test('a set of tapes is restored by tar, sha256sum and cat alone, with the commands of its README', async () => {
  const files = [
    sampleFile('small machine', 700_001, 1),
    sampleFile('grosse-ä', 19 * MiB + 4711, 2),
    sampleFile('mid', 5 * MiB, 3),
    sampleFile('none', 0, 4),
  ];
  const catalogues = await writeSet(files);
  expect(catalogues.length).toBeGreaterThanOrEqual(3);
  expect(catalogues.slice(0, -1).every(({ closed }) => closed)).toBe(true);
  await tapes.unload();

  const target = join(tapes.root, 'target');
  const exported = join(tapes.root, 'exported');
  await mkdir(target);
  await mkdir(exported);
  for (let number = 1; number <= catalogues.length; number += 1) {
    for (const path of await tapes.exportTapeFiles(number, exported)) {
      const { stderr } = await run('sh', ['-c', `dd if=${path} bs=256k status=none | tar -b 512 -xf -`], {
        cwd: target,
      });
      expect(stderr).toBe('');
    }
  }
  const readme = await readFile(join(target, 'README.txt'), 'utf8');
  const commands = readme.match(/ {2}sha256sum --quiet[\s\S]*?FILES\.\*\.sha256\n/)?.[0] ?? '';
  const { stdout } = await run('sh', ['-ec', commands], { cwd: target });
  expect(stdout.trim().split('\n').length).toBe(files.length);
  expect(stdout).not.toMatch(/FAILED/);
  for (const file of files.filter(({ bytes }) => bytes.length > 0)) {
    expect((await readFile(join(target, file.pathOnTape))).equals(file.bytes)).toBe(true);
  }
});

/** The commands of a documented loop at a drive: the guide's, the format's, and the README's on the tape itself. */
async function documentedLoops(readme: string): Promise<string[]> {
  const docs = new URL('../../../../docs/', import.meta.url);
  const pages = await Promise.all(
    ['guide/tapes-without-reelvault.md', 'tape-format.md'].map((name) => readFile(new URL(name, docs), 'utf8')),
  );
  const loop = /^tape=\/dev\/nst0\n[\s\S]*?false; \}\n/m;
  const loops = [...pages, readme.replaceAll(/^ {2}/gm, '')].map((page) => loop.exec(page)?.[0] ?? '');
  expect(new Set(loops).size).toBe(1);
  return loops;
}

test('the documented loop at a drive goes on behind damaged tape files, names them, and does not end well', async () => {
  const files = [sampleFile('one', 5 * MiB, 1), sampleFile('two', 5 * MiB, 2)];
  await writeSet(files);
  await tapes.unload();
  const reel = join(tapes.root, 'reel');
  await mkdir(reel);
  const exported = await tapes.exportTapeFiles(1, reel);
  for (const [number, path] of exported.entries()) await rename(path, join(reel, String(number)));
  // Stand-ins for mt and dd at a drive whose tape files are the exported ones; reading a damaged one ends in the middle.
  const programs = join(tapes.root, 'programs');
  await mkdir(programs);
  const stand = `set -e; reel=${reel}; at=$(cat $reel/at 2>/dev/null || echo 0); count=${exported.length}\n`;
  const mt = `case $3 in rewind) at=0 ;; asf) at=$4 ;; eod) at=$count ;; status) echo "File number=$at, block number=0, partition=0." ;; esac; echo $at > $reel/at`;
  const dd = `echo $((at + 1)) > $reel/at; if [ -e $reel/bad-$at ]; then head -c 400000 $reel/$at; exit 1; fi; cat $reel/$at`;
  for (const [name, body] of Object.entries({ mt, dd })) {
    await writeFile(join(programs, name), `#!/bin/sh\n${stand}${body}\n`, { mode: 0o755 });
  }
  const target = join(tapes.root, 'target');
  await mkdir(target);
  await run('tar', ['-b', '512', '-C', target, '-xf', join(reel, '0')]);
  const [loop = ''] = await documentedLoops(await readFile(join(target, 'README.txt'), 'utf8'));
  const options = { cwd: target, env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } };
  const { stdout } = await run('sh', ['-c', loop], options);
  expect(stdout).toBe(`${exported.length} tape files read\n`);
  await rm(target, { recursive: true });
  await mkdir(target);
  for (const number of [2, 4]) await writeFile(join(reel, `bad-${number}`), '');
  const ended = await run('sh', ['-c', loop], options).catch((error: unknown) => error);
  expect(ended).toMatchObject({ code: 1, stdout: `${exported.length} tape files read\ndamaged tape files:\n2\n4\n` });
  // What is in the tape files behind the damage is there.
  const { stdout: members } = await run('tar', ['-b', '512', '-tf', join(reel, String(exported.length - 1))]);
  const saved = await readdir(target, { recursive: true });
  for (const member of members.trim().split('\n')) expect(saved).toContain(member);
});

test('the last tape knows the set, and every tape can be catalogued and restored by itself', async () => {
  const files = [sampleFile('alpha', 19 * MiB + 5, 1), sampleFile('beta', 3 * MiB, 2)];
  const catalogues = await writeSet(files);
  const last = catalogues.length;
  expect(await readPreviousCatalogues(tapes.drive)).toEqual(
    catalogues.slice(0, -1).map((one) => ({ ...one, problems: [] })),
  );

  const points = catalogues.flatMap(({ sessions }) => sessions.flatMap((session) => session.points));
  expect(points.map(({ machine }) => machine.name).toSorted()).toEqual(['alpha', 'beta']);
  const restored = new Map(files.map((file) => [file.fileUuid, new Uint8Array(file.bytes.length)]));
  for (let number = 1; number <= last; number += 1) {
    await tapes.load(number);
    for (const method of ['quick', 'scan'] as const) {
      expect(await catalogueTape(tapes.drive, { method })).toEqual(catalogues[number - 1]);
    }
    const tapeUuid = catalogues[number - 1]?.tape.uuid ?? '';
    const slices = points.flatMap((point) => point.slices).filter((slice) => slice.tapeUuid === tapeUuid);
    const { failed } = await restoreSlices(tapes.drive, {
      tapeUuid,
      // As a database without header offsets would ask.
      slices: number === 1 ? slices.map((slice) => ({ ...slice, headerOffset: undefined })) : slices,
      sink: (fileUuid) => ({ write: async (buffer, position) => restored.get(fileUuid)?.set(buffer, position) }),
    });
    expect(failed).toEqual([]);
  }
  for (const file of files) expect(Buffer.from(restored.get(file.fileUuid) ?? []).equals(file.bytes)).toBe(true);
  expect((await readdir(tapes.root)).length).toBeGreaterThan(0);
});
