/** Long random sequences of everything that can be done to two chains, against a model that knows each point's content. */
import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupFileInfo, Codec, Encryption, Keys } from './restore-point.ts';
import { blockBytes, disk, readPoint, sameDisks, Scene } from './testing/scene.ts';
import { closeBackupFileWorkers } from './workers.ts';
import { checkFile, compact, copyPoint, mergeIntoFull, readBackupFileInfo } from './testing/by-path.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.create();
});
afterAll(async () => {
  await closeBackupFileWorkers();
  await scene.remove();
});

type Contents = Record<string, Buffer>;
interface ModelPoint {
  info: BackupFileInfo;
  contents: Contents;
}

/** A stream of choices that is the same for the same seed. */
function dice(seed: string): (sides: number) => number {
  let rolls = 0;
  return (sides) => {
    const hash = createHash('sha256').update(`${seed}/${rolls++}`).digest();
    return hash.readUInt32LE(0) % sides;
  };
}

class Model {
  readonly chains: { source: ModelPoint[]; copy: ModelPoint[] } = { source: [], copy: [] };
  readonly roll: (sides: number) => number;
  readonly keys: Keys | undefined;
  readonly encryption: Encryption | undefined;
  patterns: Record<string, [pattern: string, tailBytes: number]> = { a: ['aBc', 100] };
  #files = 0;

  constructor(seed: string, passphrase?: string) {
    this.roll = dice(seed);
    this.keys = passphrase === undefined ? undefined : { passphrases: [passphrase] };
    this.encryption = passphrase === undefined ? undefined : { passphrase, passphraseWorkFactor: 10 };
  }

  path(): string {
    return scene.path(`model-${randomUUID().slice(0, 8)}-${this.#files++}.rvb`);
  }

  /** Files of the nth newest point, newest first. */
  paths(chain: ModelPoint[], newest = 0): string[] {
    return chain.slice(newest).map((point) => point.info.path);
  }

  change(): void {
    const letters = '..abcdABCD';
    for (let times = 1 + this.roll(3); times > 0; times -= 1) {
      const id = 'abc'[this.roll(3)] ?? 'a';
      const what = this.roll(6);
      const length = 1 + this.roll(6);
      if (what === 0 && Object.keys(this.patterns).length > 1) delete this.patterns[id];
      else {
        const old = this.patterns[id]?.[0] ?? '';
        const kept = [...old.padEnd(length, '.')].slice(0, what > 3 ? length : Math.max(1, old.length));
        kept[this.roll(kept.length)] = letters[this.roll(letters.length)] ?? '.';
        this.patterns[id] = [kept.join(''), this.roll(2) === 0 ? blockBytes : 1 + this.roll(blockBytes)];
      }
    }
  }

  contents(): Contents {
    return Object.fromEntries(
      Object.entries(this.patterns).map(([id, [pattern, tailBytes]]) => [id, disk(pattern, tailBytes)]),
    );
  }

  codec(): Codec {
    return (['none', 'lz4', 'zstd'] as const)[this.roll(3)] ?? 'none';
  }

  async backUp(): Promise<void> {
    this.change();
    const contents = this.contents();
    const { source } = this.chains;
    const options = { targetPath: this.path(), codec: this.codec(), keys: this.keys, encryption: this.encryption };
    const chain = this.paths(source);
    source.unshift({ info: await scene.backUp(contents, chain, options), contents });
  }

  /** Copies the newest source point: as an increment over the newest copy if its source still stands. */
  async copy(): Promise<void> {
    const { source, copy } = this.chains;
    const newest = source[0];
    const base = copy[0];
    if (!newest || base?.info.metadata.pointUuid === newest.info.metadata.pointUuid) return;
    const take = source.findIndex((point) => point.info.metadata.pointUuid === base?.info.metadata.pointUuid);
    const isFull = take < 0 || base === undefined;
    const info = await copyPoint({
      sources: this.paths(source),
      take: isFull ? source.length : take,
      targetPath: this.path(),
      kind: isFull ? 'full' : 'increment',
      chainUuid: isFull ? randomUUID() : base.info.chainUuid,
      codec: this.roll(2) === 0 ? 'keep' : this.codec(),
      keys: this.keys,
      encryption: this.encryption,
    });
    const made = { info: await readBackupFileInfo(info.path, this.keys), contents: newest.contents };
    this.chains.copy = isFull ? [made] : [made, ...copy];
  }

  async merge(chain: ModelPoint[]): Promise<void> {
    const full = chain.at(-1);
    const increment = chain.at(-2);
    if (!full || !increment) return;
    const paths = { fullPath: full.info.path, incrementPath: increment.info.path };
    const info = await mergeIntoFull({ ...paths, keys: this.keys });
    chain.splice(chain.length - 2, 2, { info, contents: increment.contents });
  }

  async compact(chain: ModelPoint[]): Promise<void> {
    // Only fulls have dead space.
    const point = chain.at(-1);
    if (point) point.info = await compact({ path: point.info.path, keys: this.keys });
  }

  /** What is not as it must be; empty when all is well. */
  async problems(): Promise<string[]> {
    const found: string[] = [];
    for (const chain of [this.chains.source, this.chains.copy]) {
      for (const [at, { info, contents }] of chain.entries()) {
        const same = sameDisks(await readPoint(this.paths(chain, at), this.keys), contents);
        if (same !== 'same') found.push(`${info.path}: ${same}`);
        if (!isDeepStrictEqual(await readBackupFileInfo(info.path, this.keys), info)) found.push(`${info.path}: info`);
        const { problems } = await checkFile(info.path, { level: 'digests', keys: this.keys });
        found.push(...problems.map((problem) => problem.message));
        const dataBytes = Object.values(contents).reduce((sum, content) => sum + nonZeroBytes(content), 0);
        if (info.kind === 'full' && info.dataBytes !== dataBytes) {
          found.push(`${info.path}: ${info.dataBytes} data bytes instead of ${dataBytes}`);
        }
      }
    }
    return found;
  }

  async step(): Promise<string> {
    const chain = this.roll(2) === 0 ? this.chains.source : this.chains.copy;
    const what = this.chains.source.length > 6 ? 3 : this.roll(7);
    if (what < 3) await this.backUp();
    else if (what === 3 || what === 4) await this.merge(this.chains.source.length > 6 ? this.chains.source : chain);
    else if (what === 5) await this.compact(chain);
    else await this.copy();
    return ['back up', 'back up', 'back up', 'merge', 'merge', 'compact', 'copy'][what] ?? '';
  }
}

/** Plain bytes of the blocks that are not all zero. */
function nonZeroBytes(content: Buffer): number {
  let sum = 0;
  for (let at = 0; at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes);
    if (block.some((byte) => byte !== 0)) sum += block.length;
  }
  return sum;
}

test.each([
  ['one', undefined],
  ['two', undefined],
  ['three', 'secret'],
])('after any sequence of operations (seed %s) every point is what the model says', async (seed, passphrase) => {
  const model = new Model(seed, passphrase);
  await model.backUp();
  const done = new Map<string, number>();
  for (let step = 1; step <= 60; step += 1) {
    const what = await model.step();
    done.set(what, (done.get(what) ?? 0) + 1);
    if (step % 5 === 0) expect(await model.problems()).toEqual([]);
  }
  for (const what of ['back up', 'merge', 'compact', 'copy']) expect(done.get(what) ?? 0).toBeGreaterThan(2);
});
