import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { numbersOf, type SystemCall, stringsOf } from './system-calls.ts';

/** Something a power loss may take back as long as it was not flushed. */
interface Change {
  start: number;
  end: number;
}
export interface DataChange extends Change {
  /** Bytes at an offset, or a new length. */
  write?: { offset: number; bytes: Buffer };
  length?: number;
}
export interface NameChange extends Change {
  add?: { name: string; node: Node };
  remove?: string;
}
interface Flush {
  start: number;
  end: number;
}
export interface FileNode {
  kind: 'file';
  id: number;
  /** What it held before anything was recorded. */
  base: Buffer;
  changes: DataChange[];
  flushes: Flush[];
}
export interface FolderNode {
  kind: 'folder';
  id: number;
  base: Map<string, Node>;
  changes: NameChange[];
  flushes: Flush[];
}
export type Node = FileNode | FolderNode;

/** A line that the program printed, such as a promise. */
export interface Said {
  at: number;
  text: string;
}

/**
 * Everything that happened to one folder, from the calls that did it. A file is what was written to it, whatever its
 * names; names are changes of folders, and become durable with the folder.
 */
export class DiskHistory {
  readonly root: FolderNode;
  readonly said: Said[] = [];
  /** Moments (line numbers) after which something had changed. */
  readonly moments: number[] = [];
  readonly #rootPath: string;
  #nodes: number;
  /** As the program sees it now. */
  readonly #open = new Map<number, { node: Node; position: number; append: boolean }>();
  readonly #now = new Map<FolderNode, Map<string, Node>>();

  private constructor(rootPath: string, root: FolderNode, nodes: number) {
    this.#rootPath = rootPath;
    this.root = root;
    this.#nodes = nodes;
  }

  /** Begins with what is in the folder now, all of it durable. */
  static async of(rootPath: string): Promise<DiskHistory> {
    let nodes = 0;
    const load = async (path: string): Promise<FolderNode> => {
      const folder: FolderNode = { kind: 'folder', id: nodes++, base: new Map(), changes: [], flushes: [] };
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const inside = join(path, entry.name);
        if (entry.isDirectory()) folder.base.set(entry.name, await load(inside));
        else if (entry.isFile()) {
          folder.base.set(entry.name, {
            kind: 'file',
            id: nodes++,
            base: await readFile(inside),
            changes: [],
            flushes: [],
          });
        }
      }
      return folder;
    };
    return new DiskHistory(rootPath, await load(rootPath), nodes);
  }

  apply(call: SystemCall): void {
    const { name, args, result, start, end } = call;
    const strings = stringsOf(args);
    const numbers = numbersOf(args);
    const descriptor = Number(numbers[0]);
    switch (name) {
      case 'openat':
      case 'open':
      case 'creat':
        return this.#opened(strings[0]?.toString() ?? '', args, result, call);
      case 'close':
        this.#open.delete(descriptor);
        return;
      case 'lseek': {
        const file = this.#open.get(descriptor);
        if (file) file.position = result;
        return;
      }
      case 'write':
      case 'writev':
      case 'pwrite64':
      case 'pwritev':
      case 'pwritev2': {
        const bytes = Buffer.concat(strings).subarray(0, result);
        if (descriptor === 1 || descriptor === 2) {
          for (const text of bytes.toString().trim().split('\n')) this.said.push({ at: end, text });
          return;
        }
        const file = this.#file(descriptor);
        if (!file) return;
        const offset = name.startsWith('p')
          ? Number(numbers[name === 'pwritev2' ? numbers.length - 2 : numbers.length - 1])
          : this.#advance(descriptor, result);
        this.#changed(file, { start, end, write: { offset, bytes } });
        return;
      }
      case 'ftruncate': {
        const file = this.#file(descriptor);
        if (file) this.#changed(file, { start, end, length: Number(numbers[1]) });
        return;
      }
      case 'fsync':
      case 'fdatasync':
        this.#open.get(descriptor)?.node.flushes.push({ start, end });
        if (this.#open.has(descriptor)) this.moments.push(end);
        return;
      case 'rename':
      case 'renameat':
      case 'renameat2':
        return this.#renamed(String(strings[0]), String(strings[1]), call);
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        return this.#removed(String(strings[0]), call);
      case 'link':
      case 'linkat': {
        const node = this.#find(String(strings[0]));
        const to = String(strings[1]);
        if (node && this.#inside(to))
          this.#renames(this.#parent(to), { start, end, add: { name: lastName(to), node } });
        return;
      }
      case 'mkdir':
      case 'mkdirat':
        return this.#made(String(strings[0]), call);
      default:
        if (this.#open.has(descriptor) || strings.some((path) => this.#inside(path.toString()))) {
          throw new Error(`What ${name} does to a file is not known here.`);
        }
    }
  }

  #inside(path: string): boolean {
    return path === this.#rootPath || path.startsWith(`${this.#rootPath}/`);
  }

  #namesOf(folder: FolderNode): Map<string, Node> {
    let names = this.#now.get(folder);
    if (!names) {
      names = new Map(folder.base);
      this.#now.set(folder, names);
    }
    return names;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path.slice(this.#rootPath.length).split('/').filter(Boolean)) {
      node = node?.kind === 'folder' ? this.#namesOf(node).get(name) : undefined;
    }
    return node;
  }

  #parent(path: string): FolderNode {
    const folder = this.#find(dirname(path));
    if (folder?.kind !== 'folder') throw new Error(`${dirname(path)} is no folder that was seen to be made.`);
    return folder;
  }

  #file(descriptor: number): FileNode | undefined {
    const node = this.#open.get(descriptor)?.node;
    return node?.kind === 'file' ? node : undefined;
  }

  #advance(descriptor: number, bytes: number): number {
    const open = this.#open.get(descriptor);
    if (!open) return 0;
    if (open.append) throw new Error('Appending by O_APPEND is not known here.');
    open.position += bytes;
    return open.position - bytes;
  }

  #changed(file: FileNode, change: DataChange): void {
    file.changes.push(change);
    this.moments.push(change.end);
  }

  #renames(folder: FolderNode, change: NameChange): void {
    const names = this.#namesOf(folder);
    if (change.remove !== undefined) names.delete(change.remove);
    if (change.add) names.set(change.add.name, change.add.node);
    folder.changes.push(change);
    this.moments.push(change.end);
  }

  #opened(path: string, args: string, descriptor: number, { start, end }: SystemCall): void {
    this.#open.delete(descriptor);
    if (!this.#inside(path)) return;
    let node = this.#find(path);
    if (!node) {
      node = { kind: 'file', id: this.#nodes++, base: Buffer.alloc(0), changes: [], flushes: [] };
      this.#renames(this.#parent(path), { start, end, add: { name: lastName(path), node } });
    } else if (node.kind === 'file' && args.includes('O_TRUNC')) this.#changed(node, { start, end, length: 0 });
    this.#open.set(descriptor, { node, position: 0, append: args.includes('O_APPEND') });
  }

  #renamed(from: string, to: string, { start, end }: SystemCall): void {
    if (!this.#inside(from) && !this.#inside(to)) return;
    const node = this.#find(from);
    if (!node) throw new Error(`${from} was not seen to be made.`);
    if (dirname(from) !== dirname(to)) throw new Error('Renaming from folder to folder is not known here.');
    this.#renames(this.#parent(from), { start, end, remove: lastName(from), add: { name: lastName(to), node } });
  }

  #removed(path: string, { start, end }: SystemCall): void {
    if (this.#inside(path) && this.#find(path))
      this.#renames(this.#parent(path), { start, end, remove: lastName(path) });
  }

  #made(path: string, { start, end }: SystemCall): void {
    if (!this.#inside(path) || path === this.#rootPath) return;
    const node: FolderNode = { kind: 'folder', id: this.#nodes++, base: new Map(), changes: [], flushes: [] };
    this.#renames(this.#parent(path), { start, end, add: { name: lastName(path), node } });
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
