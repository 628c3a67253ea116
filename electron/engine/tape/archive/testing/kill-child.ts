/**
 * A process that is meant to be killed: writes one session onto cartridge 1 of a virtual library, and keeps what a
 * database would (`state.json`: tape state and committed points) in the same directory. Arguments: directory, session
 * number.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TapeState, tapeStateOf } from '../documents.ts';
import { positionForAppend } from '../position-for-append.ts';
import { startTape } from '../start-tape.ts';
import { sampleWriter } from './sample-job.ts';
import { sampleFile, samplePoint, sampleSet } from './sample-session.ts';
import { VirtualTapes } from './virtual-tapes.ts';

export interface ChildState {
  tape?: TapeState;
  committed: string[];
}

const [directory = '', sessionNumber = ''] = process.argv.slice(2);
const statePath = join(directory, 'state.json');
const state: ChildState = existsSync(statePath)
  ? (JSON.parse(readFileSync(statePath, 'utf8')) as ChildState)
  : { committed: [] };

function store(): void {
  writeFileSync(`${statePath}.tmp`, JSON.stringify(state));
  renameSync(`${statePath}.tmp`, statePath);
}

const tapes = await VirtualTapes.open(directory);
await tapes.load(1);
if (!state.tape) {
  const identity = { uuid: 'tape-1', barcode: VirtualTapes.barcode(1), label: 'Tape 1', createdAt: 0 };
  state.tape = await startTape(tapes.drive, { identity, set: sampleSet(), previousCatalogues: [] });
  store();
}
const position = await positionForAppend(tapes.drive, state.tape);
if (position.ok === false) throw new Error(position.reason);
if (position.ok === 'adopt') {
  state.tape = tapeStateOf(position.catalogue);
  state.committed = position.catalogue.sessions.flatMap(({ points }) => points.map(({ uuid }) => uuid));
  store();
  const again = await positionForAppend(tapes.drive, state.tape);
  if (again.ok !== true) throw new Error('After adopting it, the tape is still not as expected.');
}
const writer = sampleWriter(tapes.drive, state.tape, { sliceBytes: 100 * 1024, dataFileBytes: 250 * 1024 });
for (const number of [1, 2, 3]) {
  const file = sampleFile(`vm-${sessionNumber}-${number}`, 170 * 1024 * number, Number(sessionNumber) * 10 + number);
  const done = await writer.writeFile({ ...file, fileUuid: `file-${sessionNumber}-${number}` });
  if (done.status !== 'done') throw new Error(done.status);
  const point = samplePoint(file, done.slices, done.sha256);
  await writer.commitPoint({
    ...point,
    uuid: `point-${sessionNumber}-${number}`,
    fileUuid: `file-${sessionNumber}-${number}`,
  });
  if (number === 2) state.committed.push(...(await writer.flush()).committedPoints);
  store();
}
const end = await writer.finish();
state.tape = end.tape;
state.committed.push(...end.committedPoints);
store();
await tapes.library.close();
