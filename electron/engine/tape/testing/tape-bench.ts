import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sealer } from '../../credentials/sealer.ts';
import { Database } from '../../database/database.ts';
import { type Clock, systemClock } from '../../faults/clock.ts';
import { createVirtualLibrary, type NewLibrary, type VirtualLibraryControl } from '../../scsi/virtual/library.ts';
import { type Changes, ChangesInMemory } from '../../sessions/changes.ts';
import { LocksInMemory } from '../../sessions/locks.ts';
import { SqlSessionStore } from '../../sessions/session-store.ts';
import { Sessions } from '../../sessions/sessions.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import { TapeStore } from '../store/tape-store.ts';
import { TapeServices } from '../tape-services.ts';

const mib = 2 ** 20;
/** A session that takes longer hangs: its log says where. */
const longestSessionMs = 120_000;

export interface BenchLibrary {
  drives?: number;
  slots?: number;
  cartridges?: number;
  capacityMib?: number;
  importExportSlots?: number;
  /** A library as it is made for tests, with what nobody can ask for otherwise; the rest of the shape is not used. */
  made?: Partial<NewLibrary>;
}

/** The tape side of an engine on a real virtual library, for tests. */
export class TapeBench {
  readonly root: string;
  readonly clock: Clock;
  readonly audited: { who: string; action: string; object: string }[] = [];
  database!: Database;
  sessions!: Sessions;
  locks!: LocksInMemory;
  changes!: Changes;
  tape!: TapeServices;
  #opened = 0;

  private constructor(root: string, clock: Clock) {
    this.root = root;
    this.clock = clock;
  }

  static async create(clock: Clock = systemClock): Promise<TapeBench> {
    const bench = new TapeBench(await mkdtemp(join(tmpdir(), 'reelvault-tape-')), clock);
    await bench.open();
    return bench;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Opens the engine's tape side, as a start of the engine does. */
  async open(): Promise<void> {
    this.#opened += 1;
    this.database = new Database(this.path('engine.db'));
    this.changes = new ChangesInMemory(this.#opened * 1_000_000);
    this.locks = new LocksInMemory(this.clock);
    this.sessions = new Sessions(new SqlSessionStore(this.database), this.clock, this.changes, this.locks);
    this.sessions.closeInterrupted();
    this.tape = new TapeServices({
      store: new TapeStore(this.database, new Sealer(Buffer.alloc(32))),
      sessions: this.sessions,
      locks: this.locks,
      changes: this.changes,
      clock: this.clock,
      audit: (who, action, object) => this.audited.push({ who, action, object }),
      timeZone: 'UTC',
    });
    await this.tape.attachAll();
    this.tape.recover();
  }

  async shut(): Promise<void> {
    await this.sessions.close(20_000);
    await this.tape.close();
    this.locks.close();
    this.changes.close();
    this.database.close();
  }

  async reopen(): Promise<void> {
    await this.shut();
    await this.open();
  }

  /** The database is lost; libraries and repositories are not. */
  async reopenWithoutDatabase(): Promise<void> {
    await this.shut();
    for (const suffix of ['', '-wal', '-shm']) await rm(this.path(`engine.db${suffix}`), { force: true });
    await this.open();
  }

  async close(): Promise<void> {
    await this.shut();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Adds the library in this folder (making it at first) and returns its id. */
  async addLibrary(shape: BenchLibrary = {}, name = 'Library'): Promise<string> {
    if (shape.made) {
      await createVirtualLibrary(this.path(name.toLowerCase()), {
        name,
        drives: 2,
        slots: 8,
        importExportSlots: 2,
        cartridgeCapacityBytes: 16 * mib,
        barcodes: ['T00001L8', 'T00002L8', 'T00003L8'],
        ...shape.made,
      });
    }
    const { id } = await this.tape.libraries.addVirtual({
      name,
      path: this.path(name.toLowerCase()),
      drives: shape.drives ?? 2,
      slots: shape.slots ?? 8,
      importExportSlots: shape.importExportSlots ?? 2,
      cartridges: shape.cartridges ?? 6,
      cartridgeCapacityBytes: (shape.capacityMib ?? 16) * mib,
      barcodePrefix: 'T',
    });
    return id;
  }

  async inventory(libraryId: string): Promise<void> {
    await this.ended(this.tape.startInventory({ libraryId, readLabels: true }, 'test'));
  }

  /** Waits for a session and checks its result; fails with its log. */
  async ended(sessionId: string, expected = 'success'): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), longestSessionMs);
    });
    const record = await Promise.race([this.sessions.ended(sessionId), late]);
    clearTimeout(timer);
    if (record === 'late') {
      const { state, stateText } = this.sessions.store.get(sessionId) ?? {};
      throw new Error(`Still ${state} (${stateText}) after ${longestSessionMs} ms:\n${this.log(sessionId)}`);
    }
    if (record?.result !== expected) {
      throw new Error(`${record?.name} ended with ${record?.result}, not ${expected}:\n${this.log(sessionId)}`);
    }
  }

  log(sessionId: string): string {
    return this.sessions.store
      .log(sessionId)
      .map((line) => `${line.level}: ${line.text}${line.advice ? ` [${line.advice}]` : ''}`)
      .join('\n');
  }

  control(libraryId: string): VirtualLibraryControl {
    const operator = this.tape.libraries.get(libraryId).operator;
    if (!operator) throw new Error('The library is offline.');
    return operator.control;
  }

  medium(barcode: string): MediumRecord {
    const found = this.tape.store.media.byBarcode(barcode);
    if (found.length !== 1) throw new Error(`There are ${found.length} tapes with barcode ${barcode}.`);
    return found[0] as MediumRecord;
  }

  createPool(name: string, rules: Partial<Parameters<TapeServices['pools']['create']>[0]> = {}): string {
    return this.tape.pools.create(
      {
        name,
        description: '',
        allocation: { kind: 'continue' },
        retention: { kind: 'for', days: 30 },
        libraryIds: [],
        replenishFromFree: true,
        takeBlank: true,
        maxDrives: 4,
        mediaIds: [],
        ...rules,
      },
      'test',
    );
  }
}
