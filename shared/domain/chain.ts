/**
 * Backup chains out of nothing but the headers of backup files: which restore points exist, which of them can be
 * restored, and from which files. Pure; a file's name or path is never believed, only its header.
 */

/** A restore point in one state: what an increment builds on. The state alone would not do: a run without changes has its parent's. */
export interface PointState {
  pointUuid: string;
  state: string;
}

/** What the header of one committed backup file says. */
export interface BackupFileHeader {
  fileUuid: string;
  chainUuid: string;
  /** What this increment was made on, by point and state digest; null in a full. */
  parent: PointState | null;
  kind: 'full' | 'increment';
  /** Uuids of the increments merged into this full, oldest first: what a crash may have left behind. */
  absorbed: readonly string[];
  /** The same for every copy of a restore point. After a merge a full carries the point of what it absorbed last. */
  pointUuid: string;
  /** State digest of the point's content. */
  state: string;
  machineId: string;
  /** Time of the restore point, ms since epoch. */
  createdAt: number;
  path: string;
  sizeBytes: number;
}

export type PointProblem =
  | 'complete'
  | 'no-parent-named'
  | 'parent-missing'
  | 'parent-incomplete'
  | 'parent-other-state'
  | 'parent-in-other-chain'
  | 'parent-loop';

/** One backup file in its chain. */
export interface ChainFile<F extends BackupFileHeader = BackupFileHeader> {
  file: F;
  /** The file that is there for its parent: one that holds the named point in the named state. */
  parentFileUuid: string | null;
  state: 'complete' | 'incomplete';
  code: PointProblem;
  reason: string;
  /** The entry of that parent; null in a full and where the parent is not there. */
  parent: ChainFile<F> | null;
  /** How many files a restore reads, this one and its full included; 0 when incomplete. */
  pathLength: number;
}

/** One backup chain: a machine's files of one job in one repository. */
export interface Chain<F extends BackupFileHeader = BackupFileHeader> {
  chainUuid: string;
  machineId: string;
  /** Oldest to newest; a file never stands before its parent. */
  files: readonly ChainFile<F>[];
  /** One entry per restore point, oldest to newest: where two files hold the same point, the better one. */
  points: readonly ChainFile<F>[];
  /** Increments that a full has absorbed: the crash came between the merge and their removal. Safe to delete. */
  leftovers: readonly F[];
  /** Further files with the uuid of a file already counted, e.g. a copy made by hand. Never read, never deleted. */
  duplicates: readonly F[];
}

/** Sorts files into chains and says of each restore point whether it can be restored, from what, or why not. */
export function buildChains<F extends BackupFileHeader>(files: readonly F[]): Chain<F>[] {
  const byChain = new Map<string, F[]>();
  for (const file of files) {
    const members = byChain.get(file.chainUuid);
    if (members) members.push(file);
    else byChain.set(file.chainUuid, [file]);
  }
  const chainOfState = new Map(files.map((file) => [nameOf(file), file.chainUuid]));
  return [...byChain.values()].map((members) => buildChain(members, chainOfState));
}

/** Every file a restore of this entry reads, from itself to its full; empty when it is incomplete. */
export function restorePath<F extends BackupFileHeader>(entry: ChainFile<F>): F[] {
  if (entry.state === 'incomplete') return [];
  const path: F[] = [];
  for (let at: ChainFile<F> | null = entry; at; at = at.parent) path.push(at.file);
  return path;
}

/** Files that cannot be read any more if this one goes: everything that is restored through it, itself excluded. */
export function dependents<F extends BackupFileHeader>(chain: Chain<F>, fileUuid: string): F[] {
  const lost = new Set([fileUuid]);
  const found: F[] = [];
  for (const entry of chain.files) {
    if (entry.parentFileUuid === null || !lost.has(entry.parentFileUuid)) continue;
    lost.add(entry.file.fileUuid);
    found.push(entry.file);
  }
  return found;
}

const nameOf = ({ pointUuid, state }: PointState): string => `${pointUuid}/${state}`;

function buildChain<F extends BackupFileHeader>(members: readonly F[], chainOfState: Map<string, string>): Chain<F> {
  const byUuid = new Map<string, F>();
  const duplicates: F[] = [];
  for (const file of members.toSorted(byTimeThenAbsorbed)) {
    const first = byUuid.get(file.fileUuid);
    if (!first) byUuid.set(file.fileUuid, file);
    else if (file.absorbed.length > first.absorbed.length) {
      // Of two copies of one full, only the one that has absorbed more fits the increments that are left.
      byUuid.set(file.fileUuid, file);
      duplicates.push(first);
    } else duplicates.push(file);
  }
  const absorbed = new Set([...byUuid.values()].flatMap((file) => (file.kind === 'full' ? file.absorbed : [])));
  const leftovers = [...byUuid.values()].filter((file) => file.kind === 'increment' && absorbed.has(file.fileUuid));
  for (const file of leftovers) byUuid.delete(file.fileUuid);

  const holders: Holders<F> = { byState: new Map(), points: new Set(), chainOfState };
  for (const file of byUuid.values()) {
    holders.points.add(file.pointUuid);
    const other = holders.byState.get(nameOf(file));
    // Where a full and an increment hold the same, the shorter way is taken.
    if (other?.kind !== 'full') holders.byState.set(nameOf(file), file);
  }
  const resolved = new Map<string, ChainFile<F>>();
  for (const file of byUuid.values()) resolve(file, holders, resolved);
  const ordered = orderFiles([...byUuid.values()].map((file) => resolved.get(file.fileUuid)!));

  const first = members[0]!;
  return {
    chainUuid: first.chainUuid,
    machineId: first.machineId,
    files: ordered,
    points: onePerPoint(ordered),
    leftovers,
    duplicates,
  };
}

/** Which files of a chain hold which points, in which states. */
interface Holders<F extends BackupFileHeader> {
  byState: Map<string, F>;
  points: Set<string>;
  chainOfState: ReadonlyMap<string, string>;
}

/** Walks from a file to its full with a list, not with recursion: a chain may have tens of thousands of files. */
function resolve<F extends BackupFileHeader>(start: F, holders: Holders<F>, resolved: Map<string, ChainFile<F>>): void {
  const walk: F[] = [];
  const onWalk = new Set<string>();
  let file: F | undefined = start;
  while (file && !resolved.has(file.fileUuid)) {
    if (onWalk.has(file.fileUuid)) {
      for (const member of walk)
        resolved.set(member.fileUuid, incomplete(member, 'parent-loop', 'Its parents form a loop.'));
      return;
    }
    walk.push(file);
    onWalk.add(file.fileUuid);
    const parent: F | PointProblem = file.kind === 'full' ? 'complete' : parentOf(file, holders);
    file = typeof parent === 'string' ? undefined : parent;
  }
  for (const member of walk.toReversed()) {
    if (member.kind === 'full') {
      resolved.set(member.fileUuid, {
        file: member,
        parentFileUuid: null,
        parent: null,
        state: 'complete',
        code: 'complete',
        reason: 'A full needs no other file.',
        pathLength: 1,
      });
      continue;
    }
    const parent = parentOf(member, holders);
    resolved.set(
      member.fileUuid,
      typeof parent === 'string' ? broken(member, parent) : child(member, parent, resolved),
    );
  }
}

function child<F extends BackupFileHeader>(file: F, parent: F, resolved: Map<string, ChainFile<F>>): ChainFile<F> {
  const above = resolved.get(parent.fileUuid)!;
  if (above.state === 'incomplete') {
    const root = `It builds on ${parent.path}, which is incomplete: ${above.reason}`;
    const why = above.code === 'parent-incomplete' ? above.reason : root;
    return { ...incomplete(file, 'parent-incomplete', why), parentFileUuid: parent.fileUuid, parent: above };
  }
  return {
    file,
    parentFileUuid: parent.fileUuid,
    parent: above,
    state: 'complete',
    code: 'complete',
    reason: `It and the ${above.pathLength === 1 ? 'full' : `${above.pathLength} files`} it builds on are there.`,
    pathLength: above.pathLength + 1,
  };
}

function parentOf<F extends BackupFileHeader>(file: F, holders: Holders<F>): F | PointProblem {
  if (file.parent === null) return 'no-parent-named';
  const name = nameOf(file.parent);
  const found = holders.byState.get(name);
  if (found) return found;
  if (holders.points.has(file.parent.pointUuid)) return 'parent-other-state';
  return holders.chainOfState.has(name) ? 'parent-in-other-chain' : 'parent-missing';
}

function broken<F extends BackupFileHeader>(file: F, problem: PointProblem): ChainFile<F> {
  const texts: Partial<Record<PointProblem, string>> = {
    'no-parent-named': 'Its header names no restore point that it builds on.',
    'parent-missing': `No file here holds the restore point it builds on (${file.parent?.pointUuid}): the file is gone, or its full has since gone on to a newer one. Bring the file back and rescan.`,
    'parent-other-state': `The restore point it builds on (${file.parent?.pointUuid}) is here in another state than it was made on.`,
    'parent-in-other-chain': `The restore point it builds on (${file.parent?.pointUuid}) belongs to another chain.`,
  };
  return incomplete(file, problem, texts[problem] ?? problem);
}

function incomplete<F extends BackupFileHeader>(file: F, code: PointProblem, reason: string): ChainFile<F> {
  return { file, parentFileUuid: null, parent: null, state: 'incomplete', code, reason, pathLength: 0 };
}

/** By time, but never a file before its parent, whatever the clocks said. */
function orderFiles<F extends BackupFileHeader>(entries: readonly ChainFile<F>[]): ChainFile<F>[] {
  const sortKey = new Map<string, { at: number; depth: number }>();
  const pending = new Map<string, ChainFile<F>[]>();
  const ready: ChainFile<F>[] = [];
  const present = new Set(entries.map((entry) => entry.file.fileUuid));
  for (const entry of entries) {
    const parent = entry.parentFileUuid;
    if (parent === null || !present.has(parent)) ready.push(entry);
    else if (pending.has(parent)) pending.get(parent)!.push(entry);
    else pending.set(parent, [entry]);
  }
  for (const entry of ready) {
    const parent = entry.parentFileUuid === null ? undefined : sortKey.get(entry.parentFileUuid);
    sortKey.set(entry.file.fileUuid, {
      at: Math.max(entry.file.createdAt, parent?.at ?? Number.NEGATIVE_INFINITY),
      depth: (parent?.depth ?? 0) + 1,
    });
    ready.push(...(pending.get(entry.file.fileUuid) ?? []));
  }
  return ready.toSorted((a, b) => {
    const left = sortKey.get(a.file.fileUuid)!;
    const right = sortKey.get(b.file.fileUuid)!;
    return left.at - right.at || left.depth - right.depth || (a.file.fileUuid < b.file.fileUuid ? -1 : 1);
  });
}

function onePerPoint<F extends BackupFileHeader>(files: readonly ChainFile<F>[]): ChainFile<F>[] {
  const best = new Map<string, ChainFile<F>>();
  for (const entry of files) {
    const other = best.get(entry.file.pointUuid);
    if (!other || better(entry, other)) best.set(entry.file.pointUuid, entry);
  }
  return files.filter((entry) => best.get(entry.file.pointUuid) === entry);
}

function better<F extends BackupFileHeader>(a: ChainFile<F>, b: ChainFile<F>): boolean {
  if (a.state !== b.state) return a.state === 'complete';
  return a.file.kind === 'full' && b.file.kind === 'increment';
}

function byTimeThenAbsorbed(a: BackupFileHeader, b: BackupFileHeader): number {
  return a.createdAt - b.createdAt || b.absorbed.length - a.absorbed.length || (a.path < b.path ? -1 : 1);
}
