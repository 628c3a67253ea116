import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sealer } from '../../credentials/sealer.ts';
import { Database } from '../../database/database.ts';
import type { PointDocument, SliceLocation } from '../archive/documents.ts';
import { registerPoint } from '../catalogue/catalogue-registration.ts';
import { TapeStore } from '../store/tape-store.ts';

/** A store on a database of its own, for unit tests; `close` removes it. */
export function temporaryStore(): { store: TapeStore; database: Database; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'reelvault-store-'));
  const database = new Database(join(folder, 'engine.db'));
  return {
    store: new TapeStore(database, new Sealer(Buffer.alloc(32))),
    database,
    close() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Registers a restore point whose POINT file is on the last tape of its data, as it mostly is. */
export function register(
  store: TapeStore,
  set: { id: string; poolId: string },
  point: PointDocument,
  writtenAt: number,
): void {
  store.now((work) => registerPoint(work, store, set, point.slices.at(-1)?.tapeUuid ?? '', point, writtenAt));
}

/** A restore point of one file whose slices lie on these tapes, `perTape` on each. */
export function pointOn(
  of: {
    session: number;
    file: number;
    point: number;
    parent?: number;
    parentPoint?: number;
    machine?: string;
    createdAt?: number;
  },
  tapes: readonly string[],
  perTape = 2,
): PointDocument {
  const sliceBytes = 1_048_576;
  const slices: SliceLocation[] = tapes.flatMap((tapeUuid, index) =>
    Array.from({ length: perTape }, (_, at) => {
      const slice = index * perTape + at;
      return {
        fileUuid: uuid(of.file),
        slice,
        offset: slice * sliceBytes,
        lengthBytes: sliceBytes,
        sha256: String(slice % 10).repeat(64),
        tapeUuid,
        tapeFile: 2,
        firstBlock: 10 + at * 5,
        headerOffset: 0,
      };
    }),
  );
  return {
    uuid: uuid(of.point),
    createdAt: of.createdAt ?? 1000 + of.point,
    kind: of.parent === undefined ? 'full' : 'increment',
    virtualFull: false,
    machine: { id: of.machine ?? 'm1', name: of.machine ?? 'erp-01', platform: 'proxmox-ve' },
    job: { id: 'job', name: 'Nightly' },
    sessionUuid: uuid(of.session),
    chainUuid: uuid(900),
    fileUuid: uuid(of.file),
    parentFileUuid: of.parent === undefined ? null : uuid(of.parent),
    ...(of.parentPoint === undefined ? {} : { parentPointUuid: uuid(of.parentPoint) }),
    file: {
      name: 'erp-01.rvb',
      pathOnTape: 'erp-01~00000000/erp-01~00000000.rvb',
      sizeBytes: slices.length * sliceBytes,
      sha256: 'f'.repeat(64),
    },
    objects: [{ name: 'scsi0', kind: 'disk', sizeBytes: 10 }],
    slices,
  };
}
