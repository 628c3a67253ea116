/** Section 3: a point from the files of its chain, proven before anything is handed out. */

import type { Keys } from './encryption.ts';
import { type BackupFile, type FileObject, pageOf, readBackupFile } from './read-file.ts';
import { blockDigest, groupOf, type Kind, SECTION, sectionDigests, zeroBlockDigest } from './digest.ts';
import { BackupFileError, demand } from './fields.ts';
import { type Entry, type GroupObject, PAGE_BLOCKS, plainBody, readRecord, TYPE } from './records.ts';
import type { Signer } from './superblock.ts';

/** Objects beyond this size are not for a reader in memory. */
const MAX_OBJECT = 2 ** 31;

/** What was asked for; members that are left out are not compared. */
export interface PointExpectation {
  readonly chain?: string;
  readonly point?: string;
  readonly file?: string;
  readonly state?: Uint8Array;
}

/** An object with its bytes. */
export interface PointObject {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: Buffer;
}

/** Blocks that cannot be restored, and why. */
export interface Loss {
  readonly object: string;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly why: string;
}

/** A point that was read and proven. */
export interface ReadPoint {
  /** The state digest in hexadecimal. */
  readonly state: string;
  readonly objects: readonly PointObject[];
  /** Of the newest file. */
  readonly signer: Signer;
  readonly decay: readonly string[];
}

/** Blocks of the point are lost. The rest was read: in `rest` lost blocks are zeros. */
export class PointIncompleteError extends BackupFileError {
  readonly losses: readonly Loss[];
  readonly rest: ReadPoint;

  constructor(losses: readonly Loss[], rest: ReadPoint) {
    const list = losses.map((l) => `blocks ${l.firstBlock} to ${l.lastBlock} of ${l.object} (${l.why})`).join(', ');
    super('cannot be read', `cannot be restored: ${list}`);
    this.name = 'PointIncompleteError';
    this.losses = losses;
    this.rest = rest;
  }
}

/** One file of the chain with all objects of its state, those of the parent's groups included. */
interface Layer {
  readonly file: BackupFile;
  readonly objects: ReadonlyMap<string, FileObject>;
}

/** Which entry decides about a block, and in which file; null when the block is zero. */
type Decision = { readonly entry: Entry; readonly file: BackupFile } | null;

/** Reads a point from its files, newest first, down to a full. Throws {@link BackupFileError}. */
export async function readPoint(
  files: readonly Uint8Array[],
  keys: Keys = {},
  expected: PointExpectation = {},
): Promise<ReadPoint> {
  const chain: BackupFile[] = [];
  for (const bytes of files) chain.push(await readBackupFile(bytes, keys));
  const [newest] = chain;
  demand(newest !== undefined, 'no file was given', 'do not belong together');
  checkExpected(newest, expected);
  checkLinks(chain);
  const losses: Loss[] = [];
  const layers = layersOf(chain);
  const objects = [...(layers[0]?.objects.keys() ?? [])].map((id) => readObject(layers, id, losses));
  const decay = chain.flatMap((file) => file.decay.map((what) => `${file.superblock.file}: ${what}`));
  const point = { state: newest.superblock.state.toString('hex'), objects, signer: newest.signer, decay };
  if (losses.length > 0) throw new PointIncompleteError(losses, point);
  return point;
}

function checkExpected(file: BackupFile, expected: PointExpectation): void {
  const s = file.superblock;
  for (const name of ['chain', 'point', 'file'] as const) {
    const wanted = expected[name];
    demand(wanted === undefined || wanted === s[name], `asked for ${name} ${wanted}, found ${s[name]}`, 'refused');
  }
  const { state } = expected;
  demand(state === undefined || s.state.equals(state), 'the file has another state than was asked for', 'refused');
}

function checkLinks(chain: readonly BackupFile[]): void {
  const belongs: (right: boolean, what: string) => void = (right, what) =>
    demand(right, what, 'do not belong together');
  chain.forEach(({ superblock: child }, i) => {
    const parent = chain[i + 1]?.superblock;
    belongs(
      child.full === !parent,
      child.full ? 'a full has no parent' : `the parent of point ${child.point} is missing`,
    );
    if (!parent) return;
    belongs(child.parentPoint === parent.point, `${parent.file} is of another point than the parent of ${child.file}`);
    belongs(
      child.parentState.equals(parent.state),
      `${parent.file} has another state than the parent of ${child.file}`,
    );
    belongs(child.chain === parent.chain, `${child.file} and ${parent.file} are of different chains`);
    belongs(child.blockSize === parent.blockSize, `${child.file} and ${parent.file} have blocks of different sizes`);
    belongs(child.encrypted === parent.encrypted, `of ${child.file} and ${parent.file} one is encrypted`);
  });
}

function layersOf(chain: readonly BackupFile[]): Layer[] {
  const layers: Layer[] = [];
  for (const file of [...chain].reverse()) layers.unshift(layerOf(file, layers[0]));
  return layers;
}

function layerOf(file: BackupFile, parent: Layer | undefined): Layer {
  const objects = new Map<string, FileObject>();
  for (const [group, own] of file.groups) {
    for (const object of own ?? inherited(file, group, parent)) objects.set(object.object.id, object);
  }
  return { file, objects };
}

/** The objects of a group that is as in the parent. This file holds no pages of them. */
function inherited(file: BackupFile, group: number, parent: Layer | undefined): FileObject[] {
  const above = parent?.file.root;
  const own = file.root.groups.find((at) => at.group === group);
  const same = above?.groups.find((at) => at.group === group);
  demand(parent !== undefined && above?.bits === file.root.bits, `group ${group} is not in the parent`);
  demand(own !== undefined && same !== undefined && own.sum.equals(same.sum), `group ${group} is not as in the parent`);
  const { bits } = file.root;
  const objects = [...parent.objects.values()].filter(({ object }) => groupOf(object.place, bits) === group);
  return objects.map(({ object }) => ({ object, pages: new Map() }));
}

function lengthOf(block: number, size: number, blockSize: number): number {
  return Math.max(0, Math.min(blockSize, size - block * blockSize));
}

function readObject(layers: readonly Layer[], id: string, losses: Loss[]): PointObject {
  const newest = layers[0];
  const described = newest?.objects.get(id)?.object;
  demand(newest !== undefined && described !== undefined, `${id} is not in the newest file`);
  const { name, kind, size } = described;
  demand(size <= MAX_OBJECT, `${id} has ${size} bytes: too many for this reader`);
  const { blockSize } = newest.file.superblock;
  const bytes = Buffer.alloc(size);
  const count = Math.max(1, Math.ceil(size / blockSize));
  for (let first = 0; first < count; first += PAGE_BLOCKS) {
    const last = Math.min(first + PAGE_BLOCKS, count) - 1;
    try {
      readBlocks(provePage(layers, described, first, last), { id, bytes, first, blockSize }, losses);
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      losses.push({ object: id, firstBlock: first, lastBlock: last, why: error.message });
    }
  }
  return { id, name, kind, bytes };
}

/** Resolves the blocks of a page through all files and compares the digests of the sections that it covers. */
function provePage(layers: readonly Layer[], described: GroupObject, first: number, last: number): Decision[] {
  const blockSize = layers[0]?.file.superblock.blockSize ?? 0;
  const decisions: Decision[] = [];
  const digests: Buffer[] = [];
  for (let block = first; block <= last; block++) {
    const decision = decide(layers, described.id, block);
    const zeros = zeroBlockDigest(lengthOf(block, described.size, blockSize));
    const isZeroEntry = decision?.entry.state === 'zero';
    demand(!isZeroEntry || decision.entry.digest.equals(zeros), `block ${block} has state 1 and no digest of zeros`);
    decisions.push(decision);
    digests.push(decision?.entry.digest ?? zeros);
  }
  const from = (first * blockSize) / SECTION;
  const right = sectionDigests(digests, blockSize).every((digest, i) => described.sections[from + i]?.equals(digest));
  demand(right, 'the digests of the blocks do not give those of the sections');
  return decisions;
}

function decide(layers: readonly Layer[], id: string, block: number): Decision {
  for (const { file, objects } of layers) {
    const found = objects.get(id);
    if (!found || block * file.superblock.blockSize >= found.object.size) return null;
    const page = found.pages.get(pageOf(block));
    if (!page) continue;
    demand(!('fault' in page), 'fault' in page ? page.fault : '');
    const entry = page.get(block);
    if (entry) return { entry, file };
  }
  return null;
}

interface Target {
  readonly id: string;
  readonly bytes: Buffer;
  readonly first: number;
  readonly blockSize: number;
}

function readBlocks(decisions: readonly Decision[], target: Target, losses: Loss[]): void {
  decisions.forEach((decision, i) => {
    if (!decision || decision.entry.state === 'zero') return;
    const block = target.first + i;
    try {
      const length = lengthOf(block, target.bytes.length, target.blockSize);
      readBlock(decision.entry, decision.file, length).copy(target.bytes, block * target.blockSize);
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      losses.push({ object: target.id, firstBlock: block, lastBlock: block, why: error.message });
    }
  });
}

function readBlock(entry: Entry, file: BackupFile, length: number): Buffer {
  demand(entry.state === 'stored', 'it was lost before');
  const record = readRecord(file.bytes, entry.offset, file.superblock.committed);
  const { header } = record;
  const same = header.type === TYPE.block && header.stored === entry.stored && header.bodyChecksum === entry.checksum;
  demand(same, `the record at ${entry.offset} is not the one that the entry means`);
  demand(header.plain === length, `the record at ${entry.offset} has not the length of the block`);
  const known = file.root.sessions.some(({ session }) => session === header.session);
  demand(known, `the record at ${entry.offset} is of a session that the file does not name`);
  const plain = plainBody(record, file.sessionKeys);
  demand(blockDigest(plain).equals(entry.digest), `the bytes at ${entry.offset} have another digest`);
  return plain;
}
