import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFaults, traceFaultPoints } from '../../faults/fault-points.ts';
import type { FilePlace } from '../../files/file-place.ts';
import { MemoryObjects } from '../testing/memory-kind.ts';
import type { PlaceSettings, RepositoryKind, RepositoryStorage } from './kind.ts';
import { repositoryKinds } from './repository-kinds.ts';

/** A kind under test: every operation that the interface has is done on it, and fails in every place. */
interface Subject {
  kind: RepositoryKind<PlaceSettings>;
  settings(name: string): PlaceSettings;
  /** Runs the work once for each place where a request can fail, before and after it; gives how often. */
  withFaults(work: (again: () => void) => Promise<void>): Promise<number>;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-kinds-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const subjects: Record<string, () => Subject> = {
  directory: () => ({
    kind: repositoryKinds.directory!,
    settings: (name) => ({ kind: 'directory', path: join(folder, name), requireMount: false }) as PlaceSettings,
    async withFaults(work) {
      const sites: string[] = [];
      traceFaultPoints((site, when) => void (when === 'before' && sites.push(site)));
      await work(() => traceFaultPoints(undefined));
      const places = [...sites.entries()].flatMap(([at, site]) => {
        const nth = sites.slice(0, at + 1).filter((other) => other === site).length;
        const whens = site.startsWith('step.') ? (['before', 'after'] as const) : (['before'] as const);
        return whens.map((when) => ({ site, nth, when }));
      });
      for (const place of places) {
        const faults = armFaults([{ ...place, effect: { kind: 'error', code: 'EIO' } }]);
        await work(() => faults.disarm());
        faults.disarm();
        expect(faults.unfired()).toEqual([]);
      }
      return places.length;
    },
  }),
  memory: () => {
    const objects = new MemoryObjects();
    objects.delayMs = 1;
    return {
      kind: objects.kind as RepositoryKind<PlaceSettings>,
      settings: (name) => ({ kind: 'memory', bucket: name }) as PlaceSettings,
      async withFaults(work) {
        const before = objects.requests.length;
        let counted = 0;
        await work(() => {
          counted = objects.requests.length - before;
        });
        for (let nth = 1; nth <= counted; nth += 1) {
          for (const when of ['before', 'after'] as const) {
            objects.failAt(nth, when);
            await work(() => {
              expect(objects.unfired(), `${when} request ${nth}`).toBe(false);
            });
          }
        }
        return counted * 2;
      },
    };
  },
};

describe.each(Object.keys(subjects))('%s', (name) => {
  let subject: Subject;
  let storage: RepositoryStorage;
  beforeEach(async () => {
    subject = subjects[name]!();
    await subject.kind.claim(subject.settings('main'), 'id-1', { create: true });
    storage = subject.kind.open(subject.settings('main'), { scratchDir: folder });
  });

  const area = 'test';
  const write = async (place: FilePlace, ...parts: [string, number][]): Promise<number> => {
    const file = await place.create({ area });
    for (const [text, position] of parts) await file.write(Buffer.from(text), position);
    await file.flush('data');
    await file.flush();
    return file.publish();
  };
  const read = async (place: FilePlace): Promise<string> => {
    const file = await place.open();
    try {
      const buffer = Buffer.alloc(file.sizeBytes);
      expect(await file.read(buffer, 0)).toBe(file.sizeBytes);
      return buffer.toString();
    } finally {
      await file.close();
    }
  };
  const paths = async (): Promise<string[]> =>
    (await storage.list()).filter((file) => !file.partial).map((file) => file.path);

  test('a place is looked at, claimed once, and known again', async () => {
    const { kind } = subject;
    expect(await kind.inspect(subject.settings('other'))).toMatchObject({ exists: false, repositoryId: null });
    await expect(kind.claim(subject.settings('other'), 'id-2', { create: false })).rejects.toMatchObject({
      kind: 'invalid',
      field: expect.stringMatching(/^settings\.place\./) as string,
    });
    expect(await kind.claim(subject.settings('other'), 'id-2', { create: true })).toBe('id-2');
    expect(await kind.claim(subject.settings('other'), 'id-3', { create: true })).toBe('id-2');
    expect(await kind.inspect(subject.settings('other'))).toMatchObject({
      exists: true,
      writable: true,
      repositoryId: 'id-2',
      problem: null,
    });
  });

  test('settings are checked, kept in one form, and told in words', () => {
    const { kind } = subject;
    const checked = kind.check(subject.settings('main'));
    expect(kind.check(checked)).toEqual(checked);
    expect(kind.locationOf(checked)).toContain('main');
    expect(kind.overlaps(checked, checked)).toBe(true);
    expect(kind.overlaps(checked, kind.check(subject.settings('other')))).toBe(false);
  });

  test('another repository in its place, and none, are refused', async () => {
    await storage.require('id-1');
    await expect(storage.require('id-2')).rejects.toMatchObject({ kind: 'unavailable' });
    const nowhere = subject.kind.open(subject.settings('nowhere'), { scratchDir: folder });
    await expect(nowhere.require('id-1')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('a file is written in any order, seen by nobody until it is published, and read at any position', async () => {
    const place = storage.place('job/machine/a.rvb');
    expect(await place.exists()).toBe(false);
    const file = await place.create({ area });
    await file.write(Buffer.from('world'), 6);
    await file.write(Buffer.from('hello '), 0);
    await file.flush('data');
    expect(await paths()).toEqual([]);
    expect(await place.exists()).toBe(false);
    await file.flush();
    expect(await file.publish()).toBe(11);
    expect(await storage.list()).toEqual([{ path: 'job/machine/a.rvb', sizeBytes: 11, partial: false }]);
    expect(await place.exists()).toBe(true);
    const opened = await place.open();
    const buffer = Buffer.alloc(8);
    expect(opened.sizeBytes).toBe(11);
    expect(await opened.read(buffer, 6)).toBe(5);
    expect(buffer.toString('utf8', 0, 5)).toBe('world');
    expect(await opened.read(buffer, 11)).toBe(0);
    await opened.close();
    expect(place.name).toContain('a.rvb');
    await file.abandon();
    expect(await paths()).toEqual(['job/machine/a.rvb']);
  });

  test('what is abandoned was never there, and a name that is taken stays whose it is', async () => {
    const place = storage.place('job/machine/a.rvb');
    const file = await place.create({ area });
    await file.write(Buffer.from('x'), 0);
    await file.abandon();
    await file.abandon();
    expect(await storage.list()).toEqual([]);
    const [first, second] = [await place.create({ area }), await storage.place('job/machine/a.rvb').exists()];
    expect(second).toBe(false);
    await first.write(Buffer.from('first'), 0);
    await first.publish();
    await expect(place.create({ area })).rejects.toMatchObject({ code: 'exists', kind: 'conflict' });
    expect(await read(place)).toBe('first');
  });

  test('a file that is missing says so', async () => {
    await expect(storage.place('job/none.rvb').open()).rejects.toMatchObject({ code: 'missing' });
    await storage.place('job/none.rvb').remove('test.remove');
    await storage.delete('job/none.rvb');
  });

  test('backup files alone are listed, sorted, and a listing can be stopped', async () => {
    for (const path of ['b/m/2.rvb', 'a/m/1.rvb', 'b/m/1.rvb']) await write(storage.place(path), ['x', 0]);
    await storage.writeNote('a/m/chain.json', '{}', 'test.note');
    await storage.writeNote('a/m/chain.json', '{"more":1}', 'test.note');
    expect(await storage.list()).toEqual(
      ['a/m/1.rvb', 'b/m/1.rvb', 'b/m/2.rvb'].map((path) => ({ path, sizeBytes: 1, partial: false })),
    );
    const reason = new Error('stopped');
    await expect(storage.list(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test('deleting the last file takes the note and the empty folders with it', async () => {
    await write(storage.place('a/m/1.rvb'), ['x', 0]);
    await write(storage.place('a/m/2.rvb'), ['x', 0]);
    await storage.writeNote('a/m/chain.json', '{}', 'test.note');
    await storage.delete('a/m/1.rvb');
    expect(await paths()).toEqual(['a/m/2.rvb']);
    await storage.delete('a/m/2.rvb');
    expect(await storage.list()).toEqual([]);
    if (name === 'directory') expect(await readdir(join(folder, 'main'))).toEqual(['reelvault-repository.json']);
    await storage.require('id-1');
  });

  test('paths from media never leave the repository', async () => {
    for (const path of ['../x.rvb', 'a/../../x.rvb', '/etc/passwd']) {
      expect(() => storage.place(path)).toThrow('outside');
      await expect(storage.delete(path)).rejects.toThrow('outside');
      await expect(storage.writeNote(path, '', 'test.note')).rejects.toThrow('outside');
    }
  });

  test('what it can do works, and what it cannot is refused with words', async () => {
    const place = storage.place('a/m/1.rvb');
    await write(place, ['old', 0]);
    expect(place.can).toEqual(storage.can);
    expect(storage.can).toEqual(subject.kind.can);
    if (storage.can.append) {
      const file = await place.openToAppend();
      await file.write(Buffer.from('+more'), file.sizeBytes);
      await file.flush();
      expect(await file.currentSizeBytes()).toBe(8);
      await file.truncate(5);
      await file.close();
      expect(await read(place)).toBe('old+m');
    } else {
      await expect(place.openToAppend()).rejects.toThrow('cannot be added to');
    }
    if (storage.can.replace) {
      const file = await place.create({ area, replace: true });
      await file.write(Buffer.from('new'), 0);
      expect(await read(place)).not.toBe('new');
      await file.publish();
      expect(await read(place)).toBe('new');
    } else {
      await expect(place.create({ area, replace: true })).rejects.toThrow('cannot be replaced');
      expect(await read(place)).toBe('old');
    }
  });

  test('an unfinished file is gone on with where that can be done, and leaves nothing where it cannot', async () => {
    const place = storage.place('a/m/1.rvb');
    const first = await place.create({ area, resume: storage.can.resume });
    await first.write(Buffer.from('hello '), 0);
    await first.flush();
    await place.writeProgress('6 bytes');
    await (storage.can.resume ? first.close() : first.abandon());
    expect(await place.hasUnfinished()).toBe(storage.can.resume);
    expect(await place.readProgress()).toBe(storage.can.resume ? '6 bytes' : undefined);
    expect((await storage.list()).filter((file) => !file.partial)).toEqual([]);
    if (storage.can.resume) {
      const second = await place.create({ area, resume: true });
      const buffer = Buffer.alloc(6);
      expect(await second.read(buffer, 0)).toBe(6);
      await second.write(Buffer.from('world'), 6);
      await second.flush();
      await second.publish();
      expect(await read(place)).toBe('hello world');
    }
    await place.removeUnfinished();
    expect(await place.hasUnfinished()).toBe(false);
    expect(await place.readProgress()).toBeUndefined();
  });

  test('a clone is asked for freely: the file begins as one, or empty', async () => {
    const original = storage.place('a/m/1.rvb');
    await write(original, ['x'.repeat(10_000), 0]);
    const file = await storage.place('a/m/2.rvb').create({ area, cloneOf: original });
    await file.write(Buffer.from('y'), 0);
    expect(await file.publish()).toBe(file.isClone ? 10_000 : 1);
  });

  test('what unfinished writes left is found and removed, and nothing else', async () => {
    await write(storage.place('a/m/1.rvb'), ['x', 0]);
    const left = await storage.place('a/m/2.rvb').create({ area });
    await left.write(Buffer.from('half'), 0);
    await left.close();
    for (const file of await storage.list()) if (file.partial) await storage.removeLeftover(file.path);
    expect(await storage.list()).toEqual([{ path: 'a/m/1.rvb', sizeBytes: 1, partial: false }]);
  });

  test('space is told or unknown, and scratch has a place on this host', async () => {
    const { capacityBytes, freeBytes } = await storage.space();
    for (const bytes of [capacityBytes, freeBytes]) if (bytes !== null) expect(bytes).toBeGreaterThan(0);
    expect(storage.place('a/m/1.rvb').scratchPath('index').startsWith(folder)).toBe(true);
  });

  test('whichever request fails, before or after it was done, nothing half-written is listed', async () => {
    let round = 0;
    const content = 'whole and sound';
    const places = await subject.withFaults(async (calm) => {
      const place = storage.place(`${(round += 1)}/m/1.rvb`);
      const told = await write(place, [content.slice(5), 5], [content.slice(0, 5), 0]).catch((error: unknown) => {
        expect(error).toMatchObject({ kind: 'unavailable' });
        return 'failed' as const;
      });
      calm();
      const listed = (await paths()).includes(`${round}/m/1.rvb`);
      // Told to have failed, it must not turn up later; told to be there, it is there whole.
      expect(listed).toBe(told !== 'failed');
      if (listed) expect(await read(place)).toBe(content);
    });
    expect(places).toBeGreaterThanOrEqual(4);
  });

  test('a deletion that fails leaves the file whole or gone', async () => {
    let round = 0;
    await subject.withFaults(async (calm) => {
      const path = `a/m/${(round += 1)}.rvb`;
      await write(storage.place(path), ['kept', 0]).catch(() => undefined);
      await storage.delete(path).catch(() => undefined);
      calm();
      for (const found of await paths()) expect(await read(storage.place(found))).toBe('kept');
    });
  });
});
