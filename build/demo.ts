import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createRouterClient } from '@orpc/server';
import { administrator } from '../shared/domain/rights.ts';
import { messageOf } from '../shared/domain/message-of.ts';
import type { JobSettingsInput } from '../shared/domain/jobs/job-kinds.ts';
import { formatBytes, formatDuration } from '../shared/domain/format.ts';
import { openEngine } from '../electron/engine/engine.ts';
import { changeSampleDisk, e2fsTool, makeSampleDisk, seededBytes } from '../electron/engine/jobs/sample-disk.ts';

// The main job from end to end on real data, through the same contract that the console and the command line use.
const { values: options } = parseArgs({
  options: {
    'data-dir': { type: 'string', default: 'data' },
    again: { type: 'boolean', default: false },
    'size-mib': { type: 'string', default: '512' },
  },
});
const dataDir = resolve(options['data-dir']);
const marker = join(dataDir, 'made-by-demo.txt');
const mib = 2 ** 20;

if (existsSync(dataDir) && (await readdir(dataDir)).length > 0) {
  if (!existsSync(marker)) {
    fail(`${dataDir} is not empty and was not made by the demo. Choose another with --data-dir.`);
  }
  if (!options.again) {
    fail(
      `The demo has run already. "npm start" shows it; "npm run demo -- --again" deletes ${dataDir} and runs it anew.`,
    );
  }
  await rm(dataDir, { recursive: true });
}
await mkdir(dataDir, { recursive: true });
await writeFile(marker, 'This data directory was made by "npm run demo", which deletes it when run with --again.\n');

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const engine = await openEngine({ dataDir, schedule: false });
const client = createRouterClient(engine.router, { context: { actor: administrator('demo') } });
const report: { step: string; took: string; detail: string }[] = [];
const demoStart = Date.now();

/** Runs one step and keeps a line of the report. */
async function step(name: string, act: () => Promise<string>): Promise<void> {
  const began = Date.now();
  if (process.stdout.isTTY) process.stdout.write(`${name} … `);
  const detail = await act();
  const took = formatDuration(Date.now() - began);
  report.push({ step: name, took, detail });
  process.stdout.write(`${process.stdout.isTTY ? '\r\u001b[2K' : ''}${name}: ${detail} (${took})\n`);
}

/** Follows a session to its end, with progress on a terminal. Any result but success ends the demo. */
async function follow(sessionId: string): Promise<string> {
  for await (const update of await client.sessions.follow({ id: sessionId })) {
    const { session } = update;
    if (!session) continue;
    if (process.stdout.isTTY && session.progressPercent !== null) {
      process.stdout.write(
        `\r\u001b[2K  ${session.name}: ${session.progressPercent.toFixed(0)} %  ${session.stateText ?? ''}`,
      );
    }
  }
  const { session, log } = await client.sessions.get({ id: sessionId });
  if (session.result !== 'success') {
    for (const line of log)
      process.stderr.write(`  ${line.level}: ${line.text}${line.advice ? ` ${line.advice}` : ''}\n`);
    throw new Error(`${session.name} ended with ${session.result}: ${session.reason ?? ''}`);
  }
  return `${formatBytes(session.processedBytes)} processed, ${formatBytes(session.transferredBytes)} written`;
}

async function run(settings: JobSettingsInput): Promise<string> {
  const { sessionId } = await client.jobs.create({ settings, runNow: true });
  return follow(sessionId ?? '');
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: mib })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const folder = (name: string): string => join(dataDir, 'demo', name);
const disk = folder('disks/erp-01.img');
const kept: { path: string; digest: string }[] = [];
const sizeMib = Number(options['size-mib']);

async function keep(): Promise<void> {
  const path = folder(`kept/point-${kept.length + 1}.img`);
  await mkdir(folder('kept'), { recursive: true });
  await copyFile(disk, path);
  kept.push({ path, digest: await digest(path) });
}

let backupJobId = '';
let tapePoints: { id: string; createdAt: number }[] = [];
try {
  await step('Make a disk image', async () => {
    const made = await makeSampleDisk(disk, {
      sizeBytes: sizeMib * mib,
      fillBytes: Math.floor(sizeMib / 4) * mib,
      seed: 'demo',
      label: 'erp-01',
    });
    await keep();
    const fileSystem =
      made.fileSystem === 'ext4' ? 'a real ext4 file system' : 'plain data (e2fsprogs is not installed)';
    return `${formatBytes(sizeMib * mib)}, ${fileSystem}`;
  });
  const places = { primary: '', second: '' };
  await step('Add two repositories', async () => {
    for (const [key, name] of [
      ['primary', 'Demo repository'],
      ['second', 'Demo second site'],
    ] as const) {
      places[key] = (
        await client.repositories.add({ settings: { name, place: { kind: 'directory', path: folder(key) } } })
      ).id;
    }
    return 'folders on this disk';
  });
  await step('Back up, in full', async () => {
    const { id, sessionId } = await client.jobs.create({
      runNow: true,
      settings: {
        kind: 'backup',
        name: 'Demo backup',
        machines: [{ name: 'erp-01', platform: 'proxmox-ve', disks: [{ path: disk, name: 'scsi0' }] }],
        repositoryId: places.primary,
      },
    });
    backupJobId = id;
    return follow(sessionId ?? '');
  });
  await step('Change files, back up the changes', async () => {
    await changeDisk();
    await keep();
    return follow((await client.jobs.run({ id: backupJobId })).sessionId);
  });
  const sources = { jobIds: [backupJobId] };
  await step('Copy to the second repository', () =>
    run({ kind: 'backup-copy', name: 'Demo backup copy', sources, repositoryId: places.second }),
  );
  await step('Add a virtual tape library', async () => {
    const added = await client.tape.addVirtual({
      settings: {
        name: 'Demo library',
        path: folder('library'),
        cartridges: 8,
        cartridgeCapacityBytes: 24 * mib,
        barcodePrefix: 'DEMO',
      },
    });
    if (added.sessionId) await follow(added.sessionId);
    return 'two drives, eight cartridges of 24 MiB';
  });
  await step('Write to tape', async () => {
    const pool = await client.pools.create({ settings: { name: 'Demo tapes', allocation: { kind: 'continue' } } });
    return run({
      kind: 'backup-to-tape',
      name: 'Demo to tape',
      sources,
      fullPoolId: pool.id,
    });
  });
  await step('Lose both repositories', async () => {
    for (const [key, id] of Object.entries(places)) {
      for (const entry of await readdir(folder(key), { withFileTypes: true })) {
        if (entry.isDirectory()) await rm(join(folder(key), entry.name), { recursive: true });
      }
      const { sessionId } = await client.repositories.rescan({ id });
      for await (const _update of await client.sessions.follow({ id: sessionId }));
    }
    return 'every backup file deleted';
  });
  await step('Plan the restore', async () => {
    const points = await client.backups.points({ origin: 'tape', sort: { by: 'createdAt', direction: 'asc' } });
    tapePoints = points.rows;
    const plan = await client.restores.planFromTape({ pointIds: tapePoints.map((point) => point.id) });
    return `${plan.points.length} restore points need the tapes ${plan.tapes.map((tape) => tape.barcode).join(', ')}`;
  });
  await step('Restore from tape to a repository', async () => {
    const target = await client.repositories.add({
      settings: { name: 'Demo restored', place: { kind: 'directory', path: folder('restored') } },
    });
    return follow(
      (
        await client.restores.fromTape({
          pointIds: tapePoints.map((point) => point.id),
          repositoryId: target.id,
        })
      ).sessionId,
    );
  });
  await step('Write the disks out and compare', async () => {
    const restored = await client.backups.points({ origin: 'imported', sort: { by: 'createdAt', direction: 'asc' } });
    if (restored.rows.length !== kept.length)
      throw new Error(`${restored.rows.length} points came back, not ${kept.length}.`);
    for (const [index, point] of restored.rows.entries()) {
      const target = folder(`disks-restored/point-${index + 1}`);
      await follow((await client.restores.disks({ pointId: point.id, folder: target })).sessionId);
      const [name] = await readdir(target);
      const same = (await digest(join(target, name ?? ''))) === kept[index]?.digest;
      if (!same) throw new Error(`Point ${index + 1} differs from the disk it was made from.`);
    }
    return `${kept.length} restore points, each equal bit for bit`;
  });
  await rm(folder('kept'), { recursive: true });
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  await engine.close();
}

async function changeDisk(): Promise<void> {
  if (e2fsTool('debugfs')) {
    await changeSampleDisk(disk, {
      newFolders: ['srv/orders'],
      add: [
        { path: 'srv/orders/2026-11.db', sizeBytes: 6 * mib },
        { path: 'etc/app-0/config-0.conf', sizeBytes: 900 },
      ],
      remove: ['srv/data/volume-1.bin'],
      seed: 'demo-changes',
    });
    return;
  }
  const { open } = await import('node:fs/promises');
  const image = await open(disk, 'r+');
  await image.write(seededBytes('demo-changes', 6 * mib), 0, 6 * mib, 40 * mib);
  await image.close();
}

if (process.exitCode !== 1) {
  const width = Math.max(...report.map((line) => line.step.length));
  process.stdout.write('\nReport\n');
  for (const line of report)
    process.stdout.write(`  ${line.step.padEnd(width)}  ${line.took.padStart(8)}  ${line.detail}\n`);
  process.stdout.write(
    `\nAll of it in ${formatDuration(Date.now() - demoStart)}. "npm start" shows it in the console (data directory: ${dataDir}).\n`,
  );
}
