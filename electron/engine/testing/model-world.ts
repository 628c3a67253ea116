import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { armFaults, type PlannedFault } from '../faults/fault-points.ts';
import { choices } from './fuzzing/mutate.ts';
import { digest, World } from './scenario.ts';

const blockBytes = 262_144;
const diskBlocks = 6;
const machineNames = ['erp-01', 'web-02'];
const keepOnDisk = 3;
const keepCopies = 2;

type Point = Awaited<ReturnType<World['points']>>[number];

/**
 * An engine on real files, driven by a random sequence of everything an administrator, a disk, a drive and a power switch
 * can do, beside a model: which content each restore point must have, and which of them must still be there.
 */
export class ModelWorld {
  readonly choose: (below: number) => number;
  readonly done = new Map<string, number>();
  readonly fired = new Map<string, number>();
  readonly #world: World;
  readonly #seed: number;
  /** SHA-256 of each machine's disk now. */
  readonly #now = new Map<string, string>();
  /** What each restore point must restore to; none is ever forgotten. */
  readonly #contents = new Map<string, string>();
  /** Complete points by place, as listed after the last step. */
  #rows: readonly Point[] = [];
  #listed = new Map<string, Set<string>>();
  #jobs = { backup: '', copy: '', tape: '' };
  #library = '';
  #scratch = 0;

  private constructor(world: World, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.choose = choices(seed);
  }

  static async create(seed: number): Promise<ModelWorld> {
    const world = await World.create({ diskMib: 2, fillMib: 1, cartridges: 8, cartridgeMib: 8 });
    const model = new ModelWorld(world, seed);
    for (const name of machineNames) await model.#makeDisk(name);
    await model.#configure();
    return model;
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  #diskPath(name: string): string {
    return this.#world.path(`disks/${name}.img`);
  }

  async #makeDisk(name: string): Promise<void> {
    await mkdir(dirname(this.#diskPath(name)), { recursive: true });
    await writeFile(this.#diskPath(name), Buffer.alloc(diskBlocks * blockBytes));
    await this.#change(name);
  }

  async #change(name: string): Promise<void> {
    const file = await open(this.#diskPath(name), 'r+');
    for (let left = 1 + this.choose(2); left > 0; left -= 1) {
      const key = `${this.#seed}/${name}/${this.choose(2 ** 30)}`;
      const bytes = createHash('sha512').update(key).digest();
      const content = this.choose(5) === 0 ? Buffer.alloc(blockBytes) : Buffer.alloc(blockBytes, bytes);
      await file.write(content, 0, blockBytes, this.choose(diskBlocks) * blockBytes);
    }
    await file.close();
    this.#now.set(name, await digest(this.#diskPath(name)));
  }

  /** Everything that is configured, at first and after the database was lost. */
  async #configure(): Promise<void> {
    const { client } = this.#world;
    const primary = await this.#world.addRepository('primary');
    const second = await this.#world.addRepository('second');
    const machines = machineNames.map((name, index) => ({
      id: `machine-${index}`,
      name,
      platform: 'proxmox-ve',
      disks: [{ path: this.#diskPath(name), name: 'scsi0' }],
    }));
    const common = { retry: { count: 0, waitMinutes: 1 } };
    const backup = await client.jobs.create({
      settings: {
        ...common,
        kind: 'backup',
        name: 'Nightly',
        machines,
        repositoryId: primary,
        retention: { kind: 'points', count: keepOnDisk },
        blockSizeBytes: 262_144,
        codec: 'none',
      },
    });
    const copy = await client.jobs.create({
      settings: {
        ...common,
        kind: 'backup-copy',
        name: 'Second site',
        sources: { jobIds: [backup.id] },
        repositoryId: second,
        retention: { kind: 'points', count: keepCopies },
      },
    });
    // It copies what is new when the model says so, not by itself.
    await client.jobs.setEnabled({ id: copy.id, enabled: false });
    this.#library = await this.#world.addLibrary();
    const pool = await this.#world.createPool();
    const tape = await client.jobs.create({
      settings: {
        ...common,
        kind: 'backup-to-tape',
        name: 'To tape',
        sources: { jobIds: [backup.id] },
        fullPoolId: pool,
        waitForMediaHours: 0,
      },
    });
    this.#jobs = { backup: backup.id, copy: copy.id, tape: tape.id };
  }

  /** What the last sessions said, for whoever looks for the cause of a failure. */
  async lastLogs(): Promise<string> {
    const { client } = this.#world;
    const { rows } = await client.sessions.list({ limit: 6, sort: { by: 'startedAt', direction: 'desc' } });
    const told: string[] = [];
    for (const { id } of rows.reverse()) {
      const { session, log } = await client.sessions.get({ id });
      told.push(
        `${session.name}: ${session.result ?? session.state}`,
        ...log.map((line) => `  ${line.level}: ${line.text}`),
      );
    }
    return told.join('\n');
  }

  /** One random step, then the promises. Returns what it was. */
  async step(): Promise<string> {
    const operations: [name: string, weight: number, act: () => Promise<void>][] = [
      ['change', 8, () => this.#change(machineNames[this.choose(machineNames.length)] ?? '')],
      ['backup', 8, () => this.#run(this.#jobs.backup, 'mostly')],
      ['copy', 6, () => this.#run(this.#jobs.copy, 'mostly')],
      ['tape', 5, () => this.#run(this.#jobs.tape, 'perhaps')],
      ['verify', 2, () => this.#verify()],
      ['rescan', 2, () => this.#rescan()],
      ['restart', 2, () => this.#world.reopen()],
      ['inventory', 1, () => this.#tape('inventory')],
      ['catalogue', 1, () => this.#tape('catalog')],
      ['erase', 1, () => this.#erase()],
      ['restore a tape point', 2, () => this.#restoreFromTape()],
      ['restore a disk point', 4, () => this.#restoreFromDisk()],
    ];
    if (this.choose(150) === 0)
      operations.splice(0, operations.length, ['lose the database', 1, () => this.#loseDatabase()]);
    let at = this.choose(operations.reduce((sum, [, weight]) => sum + weight, 0));
    const chosen = operations.find(([, weight]) => (at -= weight) < 0) ?? operations[0];
    const [name, , act] = chosen as (typeof operations)[number];
    await act();
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    await this.#checkPromises(name);
    return name;
  }

  #plan(): PlannedFault[] {
    const plans: Omit<PlannedFault, 'nth'>[] = [
      { site: 'fs.write', when: 'before', effect: { kind: 'error', code: 'ENOSPC' } },
      { site: 'fs.read', when: 'before', effect: { kind: 'error', code: 'EIO' } },
      { site: 'fs.open', when: 'before', effect: { kind: 'error', code: 'EMFILE' } },
      { site: 'step.backup-file.data', when: 'before', effect: { kind: 'error', code: 'EIO' } },
      { site: 'step.backup-file.superblock', when: 'before', effect: { kind: 'error', code: 'EIO' } },
      { site: 'step.backup-file.superblock', when: 'after', effect: { kind: 'error', code: 'EIO' } },
      { site: 'step.backup-file.rename', when: 'before', effect: { kind: 'error', code: 'EROFS' } },
      { site: 'step.backup-file.directory', when: 'before', effect: { kind: 'error', code: 'EIO' } },
      { site: 'step.merge.remove', when: 'before', effect: { kind: 'error', code: 'EACCES' } },
      { site: 'step.repository.delete-file', when: 'before', effect: { kind: 'error', code: 'EBUSY' } },
      { site: 'step.tape.flush', when: 'before', effect: { kind: 'error', code: 'EIO' } },
      ...(
        [
          'medium-error',
          'deferred-write-error',
          'unit-attention',
          'hardware-error',
          'early-warning',
          'end-of-medium',
        ] as const
      ).map((code) => ({
        site: 'drive.write',
        when: 'before' as const,
        target: '',
        effect: { kind: 'error' as const, code },
      })),
      { site: 'drive.load', when: 'before', target: '', effect: { kind: 'error', code: 'load-failed' } },
      { site: 'drive.read', when: 'before', target: '', effect: { kind: 'error', code: 'medium-error' } },
      { site: 'changer.move', when: 'before', target: '', effect: { kind: 'error', code: 'no-answer' } },
      { site: 'changer.move', when: 'after', target: '', effect: { kind: 'error', code: 'no-answer' } },
    ];
    const plan = plans[this.choose(plans.length)];
    return plan && this.choose(3) === 0
      ? [{ ...plan, nth: 1 + this.choose(plan.site.startsWith('drive.w') ? 30 : 4) }]
      : [];
  }

  /** Runs something with a fault, a cancel, or neither; `mostly`: undisturbed it must succeed. */
  async #disturbedBy(start: () => Promise<string | null>, expectation: 'mostly' | 'perhaps' | 'surely'): Promise<void> {
    const plan = expectation === 'surely' ? [] : this.#plan();
    const armed = armFaults(plan);
    let cancelled = false;
    try {
      const sessionId = await start();
      if (sessionId === null) return;
      if (expectation !== 'surely' && this.choose(12) === 0) {
        cancelled = true;
        setTimeout(() => this.#world.engine.services.sessions.cancel(sessionId), this.choose(60));
      }
      for await (const update of await this.#world.client.sessions.follow({ id: sessionId })) {
        // Every tape there is stands in the library.
        if (expectation !== 'surely' || update.session?.state !== 'waiting-tape') continue;
        this.#world.engine.services.sessions.cancel(sessionId);
        throw new Error(`${update.session.name} waits: ${update.session.stateText}`);
      }
      const { session, log } = await this.#world.client.sessions.get({ id: sessionId });
      for (const fault of plan) {
        if (armed.unfired().includes(fault)) continue;
        const code = fault.effect.kind === 'error' ? fault.effect.code : fault.effect.kind;
        const name = `${fault.site} ${fault.when} ${code}`;
        this.fired.set(name, (this.fired.get(name) ?? 0) + 1);
      }
      const undisturbed = plan.length === armed.unfired().length && !cancelled;
      if (undisturbed && expectation !== 'perhaps' && session.result !== 'success' && session.result !== 'warning') {
        const told = log.map((line) => `  ${line.level}: ${line.text}`).join('\n');
        throw new Error(`${session.name} ended with ${session.result}, though nothing disturbed it:\n${told}`);
      }
    } finally {
      armed.disarm();
    }
  }

  async #run(jobId: string, expectation: 'mostly' | 'perhaps'): Promise<void> {
    const { client } = this.#world;
    await this.#disturbedBy(async () => (await client.jobs.run({ id: jobId })).sessionId, expectation);
  }

  async #verify(): Promise<void> {
    const points = (await this.#all()).filter((point) => point.origin !== 'tape' && point.state === 'complete');
    if (points.length === 0) return;
    await this.#disturbedBy(
      async () => (await this.#world.client.backups.verify({ pointIds: points.map(({ id }) => id) })).sessionId,
      'surely',
    );
  }

  async #rescan(): Promise<void> {
    const { rows } = await this.#world.client.repositories.list({});
    const { id } = rows[this.choose(rows.length)] ?? { id: '' };
    await this.#disturbedBy(async () => (await this.#world.client.repositories.rescan({ id })).sessionId, 'surely');
  }

  async #tape(what: 'inventory' | 'catalog'): Promise<void> {
    const id = this.#library;
    await this.#disturbedBy(async () => (await this.#world.client.tape[what]({ id })).sessionId, 'perhaps');
  }

  async #erase(): Promise<void> {
    const { rows } = await this.#world.client.media.list({ limit: 100 });
    const used = rows.filter((medium) => medium.usedBytes > 0);
    // Only when tapes run out: a library that is erased all the time shows little.
    if (used.length < 6) return;
    const medium = used[this.choose(used.length)];
    if (!medium) return;
    this.#listed.delete('tape');
    await this.#disturbedBy(
      async () =>
        (await this.#world.client.media.erase({ mediaIds: [medium.id], confirm: medium.barcode, long: false }))
          .sessionId,
      'perhaps',
    );
    await this.#tape('inventory');
    this.#listed.delete('tape');
  }

  async #restoreFromTape(): Promise<void> {
    const points = (await this.#world.points('tape')).filter((point) => point.state === 'complete');
    const point = points[this.choose(points.length || 1)];
    if (!point) return;
    const name = `scratch-${this.#scratch++}`;
    const repositoryId = await this.#world.addRepository(name);
    const { client } = this.#world;
    // A tape behind an error of its drive is only read again after its label was.
    await this.#disturbedBy(async () => (await client.tape.inventory({ id: this.#library })).sessionId, 'surely');
    await this.#disturbedBy(
      async () => (await client.restores.fromTape({ pointIds: [point.id], repositoryId })).sessionId,
      'surely',
    );
    const back = (await this.#all()).find(
      (other) => other.locationId === repositoryId && other.pointId === point.pointId && other.state === 'complete',
    );
    if (!back) {
      const there = (await this.#all()).filter((other) => other.locationId === repositoryId);
      const told = there.map(
        ({ path, createdAt, state, stateReason }) => `${path} (${createdAt}) ${state}: ${stateReason}`,
      );
      throw new Error(
        `${point.machineName} of ${point.createdAt} is listed on tape and did not come back. There are: ${told.join('; ')}.`,
      );
    }
    await this.#checkContent(back);
    await this.#world.removeRepository(repositoryId, name);
  }

  async #restoreFromDisk(): Promise<void> {
    const points = (await this.#all()).filter((point) => point.origin !== 'tape' && point.state === 'complete');
    const point = points[this.choose(points.length || 1)];
    if (point) await this.#checkContent(point);
  }

  async #checkContent(point: Point): Promise<void> {
    const found = await this.#world.restoredDigest(point.id);
    if (found !== this.#contents.get(point.pointId)) throw new Error(`${point.path} restores to another disk.`);
  }

  /** Everything is found again: on disk by adding the repositories, on tape by cataloguing. */
  async #loseDatabase(): Promise<void> {
    const before = this.#listed;
    await this.#world.reopenWithoutDatabase();
    await this.#configure();
    await this.#disturbedBy(
      async () => (await this.#world.client.tape.inventory({ id: this.#library })).sessionId,
      'surely',
    );
    await this.#disturbedBy(
      async () => (await this.#world.client.tape.catalog({ id: this.#library })).sessionId,
      'surely',
    );
    this.#listed = before;
  }

  async #all(): Promise<Point[]> {
    return (await this.#world.client.backups.points({ limit: 1000 })).rows;
  }

  async #checkPromises(operation: string): Promise<void> {
    const { rows: open } = await this.#world.client.sessions.list({ running: true });
    if (open.length > 0) throw new Error(`Left open: ${open.map((session) => session.name).join(', ')}.`);
    const complete = (await this.#all()).filter((point) => point.state === 'complete');
    const listed = new Map<string, Set<string>>();
    for (const point of complete) {
      const place = point.origin === 'tape' ? 'tape' : point.locationName;
      listed.set(place, (listed.get(place) ?? new Set()).add(point.pointId));
      const known = this.#contents.get(point.pointId);
      // A point that was not there before was made in this step, of the disk as it is.
      const must = known ?? this.#now.get(point.machineName) ?? '';
      this.#contents.set(point.pointId, must);
      if (known !== undefined) continue;
      if (operation !== 'backup') throw new Error(`${point.path ?? point.pointId} appeared by itself.`);
      await this.#checkContent(point);
    }
    for (const [place, before] of this.#listed) {
      const now = listed.get(place) ?? new Set();
      const lost = [...before].filter((pointId) => !now.has(pointId));
      const retention = (place === 'primary' && operation === 'backup') || (place === 'second' && operation === 'copy');
      if (lost.length === 0 || place.startsWith('scratch')) continue;
      if (!retention) {
        const rows = (await this.#all()).filter((point) => lost.includes(point.pointId));
        const tell = (points: readonly Point[]): string =>
          points
            .filter((point) => lost.includes(point.pointId))
            .map(
              ({ locationName, machineName, kind, createdAt, state, stateReason, tapes }) =>
                `${locationName}: ${kind} of ${machineName} of ${createdAt} on ${tapes.map(({ barcode }) => barcode).join('+')} is ${state} (${stateReason})`,
            )
            .join('; ');
        throw new Error(
          `${place} lost ${lost.length} of ${before.size} restore points by: ${operation}. Before: ${tell(this.#rows)}. Now: ${tell(rows)}.`,
        );
      }
      // Retention takes the oldest, and never more than it may.
      const least = machineNames.length * (place === 'primary' ? keepOnDisk : keepCopies);
      if (now.size < Math.min(before.size, least))
        throw new Error(`${place} keeps ${now.size} of ${before.size} points.`);
    }
    this.#listed = listed;
    this.#rows = complete;
  }
}
