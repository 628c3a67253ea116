/**
 * What a disk may hold after power is lost at any moment of a recorded history. Whatever was flushed is there. Of the rest
 * any part may be: each write wholly, not at all, or some of its sectors, in any order; and of the names of a folder any
 * beginning of what was done to them.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataChange, DiskHistory, FileNode, FolderNode, Node } from './disk-history.ts';

const sectorBytes = 512;

export interface CrashState {
  /** What was said before the power went. */
  said: string[];
  /** Where it comes from, to find it again. */
  name: string;
  writeTo(folder: string): Promise<void>;
}

interface HowMany {
  /** Random states at each moment, beside those that are always looked at. */
  rounds: number;
  /** Whether the state is looked at in which nothing is lost: a killed process leaves it too. Default: true. */
  asWritten?: boolean | undefined;
}

/** Chooses what of the unflushed survives. */
interface Choice {
  name: string;
  /** Which names, between what is durable and all. */
  names(durable: number, all: number): number;
  /** Whether an unflushed change is kept; or which share of its sectors. */
  data(): 'kept' | 'lost' | 'torn';
  random(below: number): number;
}

function seeded(seed: string): (below: number) => number {
  let count = 0;
  return (below) => createHash('sha256').update(`${seed}/${count++}`).digest().readUInt32LE(0) % below;
}

function choices(seed: string, moment: number, { rounds, asWritten = true }: HowMany): Choice[] {
  const fixed = (name: string, names: boolean, data: 'kept' | 'lost'): Choice => ({
    name,
    names: (durable, all) => (names ? all : durable),
    data: () => data,
    random: () => 0,
  });
  const randoms = Array.from({ length: rounds }, (_, round): Choice => {
    const random = seeded(`${seed}/${moment}/${round}`);
    return {
      name: `random ${round}`,
      names: (durable, all) => durable + random(all - durable + 1),
      data: () => (['kept', 'lost', 'torn'] as const)[random(3)] ?? 'lost',
      random,
    };
  });
  return [
    ...(asWritten ? [fixed('all that was written', true, 'kept')] : []),
    fixed('only what was flushed', false, 'lost'),
    fixed('all names, no unflushed data', true, 'lost'),
    fixed('all data, no unflushed names', false, 'kept'),
    ...randoms,
  ];
}

/** However short a history is, a sample of it has a moment of each half. */
const fewestMoments = 2;

/**
 * Distinct states at every moment, or at each `stride`th beginning with `first` (0-based) or with a random one: then at
 * least at two. `rounds` random ones beside the three or four that are always looked at.
 */
export function* crashStates(
  history: DiskHistory,
  options: HowMany & { seed: string; stride?: number; first?: number },
): Generator<CrashState> {
  const { seed } = options;
  const mostApart = Math.max(1, Math.floor(history.moments.length / fewestMoments));
  const stride = options.first === undefined ? Math.min(options.stride ?? 1, mostApart) : (options.stride ?? 1);
  const first = options.first ?? seeded(`${seed}/first`)(stride);
  const seen = new Set<string>();
  for (const [index, moment] of history.moments.entries()) {
    if (index % stride !== first) continue;
    const said = history.said.filter(({ at }) => at <= moment).map(({ text }) => text);
    for (const choice of choices(seed, moment, options)) {
      const files = new Map<string, { node: FileNode; kept: KeptChange[] }>();
      const folders: string[] = [];
      const signature = createHash('sha256').update(said.join('\n'));
      walk(history.root, '', moment, choice, (path, node) => {
        if (node.kind === 'folder') {
          folders.push(path);
          signature.update(`\n${path}/`);
          return;
        }
        const kept = keptChanges(node, moment, choice);
        files.set(path, { node, kept });
        signature.update(
          `\n${path} ${node.id} ${kept.map(({ index, sectors }) => `${index}:${sectors?.join('.') ?? ''}`).join(' ')}`,
        );
      });
      const digest = signature.digest('hex');
      if (seen.has(digest)) continue;
      seen.add(digest);
      yield {
        said,
        name: `moment ${index} of ${history.moments.length}, ${choice.name}, seed ${seed}`,
        async writeTo(target) {
          await rm(target, { recursive: true, force: true });
          await mkdir(target, { recursive: true });
          for (const folder of folders) await mkdir(join(target, folder), { recursive: true });
          for (const [path, { node, kept }] of files) await writeFile(join(target, path), contentOf(node, kept));
        },
      };
    }
  }
}

function walk(
  folder: FolderNode,
  path: string,
  moment: number,
  choice: Choice,
  visit: (path: string, node: Node) => void,
): void {
  const begun = folder.changes.filter((change) => change.start <= moment);
  const durable = begun.reduce((count, change, index) => (isFlushed(folder, change, moment) ? index + 1 : count), 0);
  const names = new Map(folder.base);
  for (const change of begun.slice(0, choice.names(durable, begun.length))) {
    if (change.remove !== undefined) names.delete(change.remove);
    if (change.add) names.set(change.add.name, change.add.node);
  }
  for (const [name, node] of names) {
    visit(join(path, name), node);
    if (node.kind === 'folder') walk(node, join(path, name), moment, choice, visit);
  }
}

interface KeptChange {
  index: number;
  change: DataChange;
  /** Of a torn write: its sectors that arrived, counted from its start. */
  sectors?: number[];
}

function keptChanges(file: FileNode, moment: number, choice: Choice): KeptChange[] {
  const kept: KeptChange[] = [];
  for (const [index, change] of file.changes.entries()) {
    if (change.start > moment) break;
    if (isFlushed(file, change, moment)) {
      kept.push({ index, change });
      continue;
    }
    const fate = choice.data();
    if (fate === 'kept' || (fate === 'torn' && change.write === undefined)) kept.push({ index, change });
    else if (fate === 'torn') {
      const count = Math.ceil((change.write?.bytes.length ?? 0) / sectorBytes);
      const share = choice.random(4) + 1;
      const sectors = Array.from({ length: count }, (_, sector) => sector).filter(() => choice.random(5) < share);
      kept.push({ index, change, sectors });
    }
  }
  return kept;
}

function isFlushed(node: Node, change: { end: number }, moment: number): boolean {
  return node.flushes.some((flush) => change.end < flush.start && flush.end <= moment);
}

function contentOf(file: FileNode, kept: KeptChange[]): Buffer {
  if (kept.length === 0) return file.base;
  // As long as the file ever was, so that nothing is moved when it grows.
  let most = file.base.length;
  for (const { change } of kept) {
    const end = change.write ? change.write.offset + change.write.bytes.length : (change.length ?? 0);
    most = Math.max(most, end);
  }
  const content = Buffer.alloc(most);
  file.base.copy(content);
  let length = file.base.length;
  for (const { change, sectors } of kept) {
    if (change.length !== undefined) {
      content.fill(0, change.length, Math.max(change.length, length));
      length = change.length;
      continue;
    }
    const { offset, bytes } = change.write ?? { offset: 0, bytes: Buffer.alloc(0) };
    if (!sectors) {
      bytes.copy(content, offset);
      length = Math.max(length, offset + bytes.length);
      continue;
    }
    for (const sector of sectors) {
      const part = bytes.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
      part.copy(content, offset + sector * sectorBytes);
      length = Math.max(length, offset + sector * sectorBytes + part.length);
    }
  }
  return content.subarray(0, length);
}
