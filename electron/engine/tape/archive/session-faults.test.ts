import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { TestClock } from '../../faults/clock.ts';
import { tapeStateOf } from './documents.ts';
import { positionForAppend } from './position-for-append.ts';
import { catalogueTape } from './scan.ts';
import { parseSums, TapeFileReader } from './tape-file-reader.ts';
import { MemoryDrive } from './testing/memory-drive.ts';
import { checkRestore, newSampleTape, sampleWriter, writeWhole } from './testing/sample-job.ts';
import { sampleFile, samplePoint, sourceOf } from './testing/sample-session.ts';

const KiB = 1024;

test('after a power loss at any object, committed points are there, others are not, and the next session goes on', async () => {
  const { drive, tape } = await newSampleTape();
  const [first, second, later] = [
    sampleFile('first', 400 * KiB, 1),
    sampleFile('second', 700 * KiB, 2),
    sampleFile('later', 90, 3),
  ];
  const session = sampleWriter(drive, tape);
  await writeWhole(session, first);
  expect(await session.flush()).toEqual({ committedPoints: [first.pointUuid] });
  const flushedTo = drive.flushedTo;
  const known = tapeStateOf(await catalogueTape(drive));
  expect(known.endBlock).toBe(flushedTo);
  drive.at = flushedTo;
  await writeWhole(session, second);
  await session.finish();
  const whole = drive.objects;
  const pointEnds = whole.length - 2;

  for (let length = flushedTo; length <= whole.length; length += 1) {
    const crashed = new MemoryDrive();
    crashed.objects = whole.slice(0, length);
    const position = await positionForAppend(crashed, known);
    const survived = length >= pointEnds;
    expect({ length, ok: position.ok }).toEqual({ length, ok: survived ? 'adopt' : true });
    const found = position.ok === 'adopt' ? position.catalogue : await catalogueTape(crashed);
    const names = found.sessions.flatMap(({ points }) => points.map(({ machine }) => machine.name));
    expect(names).toEqual(survived ? ['first', 'second'] : ['first']);

    expect(await positionForAppend(crashed, tapeStateOf(found))).toEqual({ ok: true });
    const next = sampleWriter(crashed, tapeStateOf(found), { earlierSessions: found.sessions });
    await writeWhole(next, later);
    const { catalogue } = await next.finish();
    expect((await catalogueTape(crashed)).sessions).toEqual(catalogue.sessions);
    const expected = survived ? [first, second, later] : [first, later];
    expect(await checkRestore([catalogue], expected, async () => crashed)).toEqual([]);
  }
});

test('a source that fails in mid-slice spoils nothing else, and its half slice is in no list', async () => {
  const { drive, tape } = await newSampleTape();
  const good = sampleFile('good', 350 * KiB, 1);
  const bad = sampleFile('bad', 700 * KiB, 2);
  const session = sampleWriter(drive, tape);
  const done = await session.writeFile(good);
  const read = async (buffer: Uint8Array, position: number): Promise<number> => {
    if (position > 400 * KiB) throw new Error('EIO: the repository cannot be read');
    return bad.source.read(buffer.subarray(0, 64 * KiB), position);
  };
  await expect(session.writeFile({ ...bad, source: { ...bad.source, read } })).rejects.toThrow('EIO');
  const short = sourceOf(bad.bytes.subarray(0, 100));
  await expect(session.writeFile({ ...bad, source: { ...short, sizeBytes: 200 } })).rejects.toThrow('ends at byte 100');
  if (done.status !== 'done') throw new Error(done.status);
  await session.commitPoint(samplePoint(good, done.slices, done.sha256));
  const { catalogue, committedPoints } = await session.finish();
  expect(committedPoints).toEqual([good.pointUuid]);
  expect(await checkRestore([catalogue], [good], async () => drive)).toEqual([]);

  await drive.locate(tape.endBlock);
  const reader = new TapeFileReader(drive, new Uint8Array(256 * KiB));
  const members: string[] = [];
  let sums = new Map<string, string>();
  for (let member = await reader.nextMember(); member; member = await reader.nextMember()) {
    members.push(member.name.replace(/^.*\//, ''));
    if (!member.name.startsWith('SHA256SUMS')) continue;
    const parts: Uint8Array[] = [];
    for await (const piece of reader.content()) parts.push(Uint8Array.from(piece));
    sums = parseSums(Buffer.concat(parts));
  }
  expect(members).toEqual([
    'HEAD.t001.f00002.json',
    '000000000-of-000000002',
    '000000001-of-000000002',
    '000000000-of-000000003',
    '000000001-of-000000003',
    '000000000-of-000000001',
    'MANIFEST.t001.f00002.json',
    'SHA256SUMS.t001.f00002',
  ]);
  expect([...sums.keys()].filter((name) => name.includes('.slices/')).length).toBe(3);
});

test('an aborted session keeps its committed points, and the next one overwrites what it had begun', async () => {
  const { drive, tape } = await newSampleTape();
  const abort = new AbortController();
  const [kept, cut] = [sampleFile('kept', 100 * KiB, 1), sampleFile('cut', 5000 * KiB, 2)];
  const session = sampleWriter(drive, tape, { signal: abort.signal });
  await writeWhole(session, kept);
  const read = (buffer: Uint8Array, position: number): Promise<number> => {
    if (position > 3000 * KiB) abort.abort(new Error('cancelled by the administrator'));
    return cut.source.read(buffer, position);
  };
  await expect(session.writeFile({ ...cut, source: { ...cut.source, read } })).rejects.toThrow('cancelled by');
  const { catalogue, committedPoints, tape: after } = await session.finish();
  expect(committedPoints).toEqual([kept.pointUuid]);
  expect(after.endBlock).toBe(drive.objects.length);
  expect(after.tapeFiles).toBe(tape.tapeFiles + 3);
  expect(await catalogueTape(drive)).toEqual(catalogue);
  expect(await checkRestore([catalogue], [kept], async () => drive)).toEqual([]);
});

test('on WORM media nothing that was begun is overwritten', async () => {
  const { drive, tape } = await newSampleTape();
  const abort = new AbortController();
  const cut = sampleFile('cut', 2000 * KiB, 2);
  const session = sampleWriter(drive, tape, { signal: abort.signal, worm: true });
  const read = (buffer: Uint8Array, position: number): Promise<number> => {
    if (position > 1000 * KiB) abort.abort(new Error('cancelled'));
    return cut.source.read(buffer, position);
  };
  await expect(session.writeFile({ ...cut, source: { ...cut.source, read } })).rejects.toThrow('cancelled');
  drive.failWrite = (block) => (block < drive.objects.length ? new Error('WORM: overwritten') : undefined);
  const end = await session.finish();
  expect(end.tape.endBlock).toBe(drive.objects.length);
  expect(end.catalogue.sessions[0]?.points).toEqual([]);
  expect(await positionForAppend(drive, end.tape, { worm: true })).toEqual({ ok: true });
});

test('points wait for one flush together, until time or data make it due', async () => {
  const { drive, tape } = await newSampleTape();
  const clock = new TestClock(Date.UTC(2026, 0, 2));
  const session = sampleWriter(drive, tape, { clock, flushAfterBytes: 2500 * KiB, flushAfterMs: 300_000 });
  const files = [1, 2, 3].map((seed) => sampleFile(`vm${seed}`, 900 * KiB, seed));
  drive.events = [];
  await writeWhole(session, files[0] ?? sampleFile('none', 0, 0));
  expect(await session.flushIfDue()).toEqual({ committedPoints: [] });
  clock.set(clock.now() + 300_000);
  expect(await session.flushIfDue()).toEqual({ committedPoints: [files[0]?.pointUuid] });
  await writeWhole(session, files[1] ?? sampleFile('none', 0, 0));
  expect(await session.flushIfDue()).toEqual({ committedPoints: [] });
  await writeWhole(session, files[2] ?? sampleFile('none', 0, 0));
  expect(await session.flushIfDue()).toEqual({ committedPoints: [files[1]?.pointUuid, files[2]?.pointUuid] });
  await session.finish();
  const marks = ['filemark', 'filemark'];
  // Data and POINT per machine with immediate filemarks; SESSION; a real flush only where it was due.
  const expected = [`locate ${tape.endBlock}`, ...marks, 'flush', ...marks, ...marks, 'flush', 'filemark', 'flush'];
  expect(drive.events).toEqual(expected);
});

test('a tape that somebody moved is not written', async () => {
  const { drive, tape } = await newSampleTape();
  const session = sampleWriter(drive, tape);
  const [first, second] = [sampleFile('first', 10 * KiB, 1), sampleFile('second', 10 * KiB, 2)];
  await writeWhole(session, first);
  await session.flush();
  const before = drive.objects.length;
  drive.at = 1;
  const result = await session.writeFile(second);
  expect(result).toMatchObject({ status: 'void', nextSlice: 0, slices: [], voided: [] });
  expect(result.status === 'void' && result.reason).toMatch('moved by somebody else');
  expect(drive.objects.length).toBe(before);
  const { catalogue } = await session.finish();
  expect(await checkRestore([catalogue], [first], async () => drive)).toEqual([]);
});

test('the digest of a file that goes on without its running digest is computed from the source again', async () => {
  const file = sampleFile('big', 1500 * KiB, 1);
  const { drive, tape } = await newSampleTape();
  const session = sampleWriter(drive, tape);
  const result = await session.writeFile({ ...file, fromSlice: 3 });
  expect(result.status === 'done' && result.slices.map(({ slice }) => slice)).toEqual([3, 4]);
  expect(result.status === 'done' && result.sha256).toBe(createHash('sha256').update(file.bytes).digest('hex'));
  await session.finish();
});
