import { open } from 'node:fs/promises';
import { IscsiTransport } from '../../electron/engine/scsi/iscsi/iscsi-transport.ts';
import { parsePortal } from '../../electron/engine/scsi/iscsi/connection.ts';
import { Nexus } from '../../electron/engine/scsi/iscsi/nexus.ts';
import {
  firstDrive,
  firstSlot,
  Tgt,
  type TgtProfile,
  tgtMissing,
} from '../../electron/engine/scsi/iscsi/testing/tgt.ts';
import { iscsiTimes } from '../../electron/engine/scsi/iscsi/times.ts';
import { Changer } from '../../electron/engine/scsi/smc.ts';
import { TapeDrive } from '../../electron/engine/scsi/ssc.ts';
import type { Bench, BenchContext, Section } from './bench.ts';
import { compare } from './bench.ts';
import type { Facts, Side } from './measure.ts';
import { backupFiles, Scene } from './scene.ts';

const recordBytes = 262_144;
/** A cartridge of every run has a barcode of its own: the engine would take it for the one it knew. */
let starts = 0;
const productBarcode = (): string => `RV${String(starts).padStart(4, '0')}L8`;
const rawBarcode = (): string => `RX${String(starts).padStart(4, '0')}L8`;

export const tapeIscsi: Bench = {
  about: 'a backup to and from a tape library over iSCSI, against a raw writer and reader of 256 KiB records on it',
  async run(context) {
    if (tgtMissing) throw new Error(tgtMissing);
    const scene = await Scene.open(context);
    try {
      const backup = await scene.backupJob(await scene.addRepository('primary'));
      context.say('Making the backup that is written to tape');
      await scene.run(backup);
      const files = await backupFiles(scene.path('primary'));
      const sections: Section[] = [];
      for (const profile of ['default', 'tuned'] as const) {
        sections.push(...(await measure(context, scene, { backup, profile, files })));
      }
      return sections;
    } finally {
      await scene.close();
    }
  },
};

interface Work {
  backup: string;
  profile: TgtProfile;
  files: { path: string; sizeBytes: number }[];
}

async function measure(context: BenchContext, scene: Scene, { backup, profile, files }: Work): Promise<Section[]> {
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const reads = files.map((file) => file.path);
  let tgt: Tgt | undefined;
  let library = '';
  const start = async (): Promise<Tgt> => {
    starts += 1;
    tgt = await Tgt.start({ profile, barcodes: [productBarcode(), rawBarcode()], drives: 1, cartridgeMib: 2 ** 20 });
    return tgt;
  };
  const stop = async (): Promise<void> => {
    if (library) await scene.engine.call((client) => client.tape.remove, { id: library });
    library = '';
    await tgt?.close();
    tgt = undefined;
  };
  const perGib = (facts: Facts): Facts => ({ ...facts, 'CPU s per GiB': Number(facts['CPU s']) / (bytes / 2 ** 30) });
  const tapeJob = async (): Promise<string> => {
    const made = await attach(scene, await start(), backup);
    library = made.libraryId;
    return made.jobId;
  };
  try {
    let jobId = '';
    const writer: Side = {
      name: 'Reelvault',
      bytes,
      prepare: async () => void (jobId = await tapeJob()),
      run: async () => perGib(await scene.run(jobId)),
      finish: stop,
    };
    const rawWriter: Side = {
      name: 'raw writer',
      bytes,
      prepare: async () => void (await start()),
      run: async () => perGib(await used(() => onRawTape(tgt as Tgt, (drive) => writeRaw(drive, reads)))),
      finish: stop,
    };
    const targets = { 'raw writer': 0.9, 'raw reader': 0.9 };
    const written = await compare(context, `tape-iscsi write, ${profile} target`, {
      sides: [writer, rawWriter],
      reads,
      targets,
    });

    await scene.run(await tapeJob());
    await onRawTape(tgt as unknown as Tgt, (drive) => writeRaw(drive, reads));
    const { rows } = await scene.engine.call((client) => client.backups.points, { origin: 'tape' });
    const pointIds = rows.filter((point) => point.tapes.some((tape) => tape.available)).map((point) => point.id);
    let repositoryId = '';
    const reader: Side = {
      name: 'Reelvault',
      bytes,
      async prepare() {
        repositoryId = await scene.addRepository(scene.fresh('restored'));
        // The raw side moves cartridges behind the engine's back: without another look the robot is sent to an empty drive.
        await scene.engine.call((client) => client.tape.rescan, { id: library });
      },
      async run() {
        await scene.engine.reset();
        const { sessionId } = await scene.engine.call((client) => client.restores.fromTape, { pointIds, repositoryId });
        await scene.engine.ended(sessionId);
        return perGib(await scene.usage());
      },
    };
    const rawReader: Side = {
      name: 'raw reader',
      bytes,
      run: async () => perGib(await used(() => onRawTape(tgt as unknown as Tgt, (drive) => readRaw(drive, bytes)))),
    };
    const read = await compare(context, `tape-iscsi restore, ${profile} target`, {
      sides: [reader, rawReader],
      reads: [],
      targets,
    });
    return [written, read];
  } finally {
    await stop();
  }
}

async function attach(scene: Scene, tgt: Tgt, backup: string): Promise<{ libraryId: string; jobId: string }> {
  const device = (lun: number) => ({ target: tgt.target, lun });
  const added = await scene.engine.call((client) => client.tape.attach, {
    settings: {
      name: scene.fresh('Appliance'),
      connection: { kind: 'iscsi', portal: tgt.portal, changer: device(1), drives: [device(2)] },
    },
  });
  await scene.engine.ended(added.sessionId);
  // Only the product's own cartridge: the other one is the raw writer's.
  const { rows } = await scene.engine.call((client) => client.media.list, { libraryId: added.id });
  const medium = rows.find((row) => row.barcode === productBarcode());
  const pool = await scene.engine.call((client) => client.pools.create, {
    settings: {
      name: scene.fresh('Pool'),
      allocation: { kind: 'session' },
      replenishFromFree: false,
      mediaIds: medium ? [medium.id] : [],
    },
  });
  const job = await scene.engine.call((client) => client.jobs.create, {
    settings: {
      kind: 'backup-to-tape',
      name: scene.fresh('To tape'),
      sources: { jobIds: [backup] },
      fullPoolId: pool.id,
      incrementPoolId: pool.id,
    },
  });
  return { libraryId: added.id, jobId: job.id };
}

/** Mounts the raw cartridge in a session of its own and puts it back. */
async function onRawTape(tgt: Tgt, act: (drive: TapeDrive) => Promise<void>): Promise<void> {
  const nexus = await Nexus.open({
    portal: parsePortal(tgt.portal),
    target: tgt.target,
    initiatorName: 'iqn.2026-01.net.reelvault:bench',
    headerDigest: false,
    dataDigest: false,
    times: iscsiTimes,
  });
  const unit = (lun: number) => new IscsiTransport(nexus, lun, { name: `unit ${lun}` }, async () => {});
  try {
    const changer = await Changer.open(unit(1));
    const slot = firstSlot + 1;
    const drive = await TapeDrive.open(unit(2));
    if ((await changer.elementStatus()).find((element) => element.address === firstDrive)?.full) {
      await changer.move(firstDrive, firstSlot);
    }
    await changer.move(slot, firstDrive);
    await drive.load();
    await act(drive);
    await drive.unload();
    await changer.move(firstDrive, slot);
  } finally {
    await nexus.close();
  }
}

async function writeRaw(drive: TapeDrive, paths: readonly string[]): Promise<void> {
  const record = Buffer.alloc(recordBytes);
  for (const path of paths) {
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(record, 0, recordBytes);
        if (bytesRead === 0) break;
        await drive.writeRecord(bytesRead === recordBytes ? record : record.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }
  await drive.writeFilemarks(1, { immediate: false });
}

async function readRaw(drive: TapeDrive, bytes: number): Promise<void> {
  const record = Buffer.alloc(2 * recordBytes);
  let seen = 0;
  for (;;) {
    const outcome = await drive.readRecord(record.subarray(0, recordBytes));
    if (outcome.kind !== 'record') break;
    seen += outcome.length;
  }
  if (seen !== bytes) throw new Error(`${seen} of ${bytes} bytes came back.`);
}

async function used(act: () => Promise<void>): Promise<Facts> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return { 'CPU s': (user + system) / 1e6 };
}
