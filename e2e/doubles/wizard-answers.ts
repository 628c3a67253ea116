import type { JobRow } from '../../shared/contract/jobs.ts';
import { type JobSettings, jobSettings } from '../../shared/domain/jobs/job-kinds.ts';
import type { FoundDevice } from '../../shared/contract/library-kinds.ts';
import type { PoolSettings } from '../../shared/contract/tape.ts';
import type { Choices } from '../fixtures/wizard-walk.ts';
import { gib, seedNow } from './seed-words.ts';

// What an engine answers while a wizard is filled in: where the seed is what there is, this is what is asked about it.

/** What the usual seed offers to wizards, in any language. */
export const doubleChoices: Choices = {
  job: 'Nightly virtual machines',
  repository: 'Main repository',
  target: /^⟦?Second site /,
  pool: /^⟦?Weekly /,
  machine: 'web-01',
  machineOnTape: 'db-01',
  disk: '/srv/images/new.raw',
  folder: '/srv',
  portal: 'vtl.example.com',
};

/** The settings of a seeded job, as its wizard shows them when it is edited: what its kind needs, and its defaults. */
export function settingsOfJob({ kind, name, repositoryId }: JobRow): JobSettings {
  return jobSettings.parse({
    kind,
    name,
    machines: [{ id: 'machine-0', name: 'web-01', platform: 'proxmox-ve', disks: [{ path: '/srv/images/web.raw' }] }],
    sources: { jobIds: ['job-0'] },
    repositoryId: repositoryId ?? undefined,
    fullPoolId: 'pool-weekly',
    exportMedia: true,
  });
}

export const settingsOfPool = (name: string): PoolSettings => ({
  name,
  description: '',
  allocation: { kind: 'session' },
  retention: { kind: 'for', days: 90 },
  libraryIds: [],
  replenishFromFree: true,
  takeBlank: true,
  maxDrives: 1,
  mediaIds: [],
});

const device = (type: FoundDevice['type'], lun: number, serial: string): FoundDevice => ({
  device: `iqn.2026-01.com.example:vtl, LUN ${lun}`,
  target: 'iqn.2026-01.com.example:vtl',
  lun,
  path: null,
  type,
  vendor: 'EXAMPLE',
  product: type === 'changer' ? 'VTL' : 'ULTRIUM-HH8',
  revision: '0001',
  serial,
  usedBy: null,
  problem: null,
});
const devices = [device('changer', 1, 'EX0001'), device('drive', 2, 'EX0002'), device('drive', 3, 'EX0003')];

export const wizardAnswers = {
  nextTape: 'The next session writes to RV0001L9, the open tape of the set.',
  away: 'It is in no library now.',
  preview: {
    sentences: ['Copies 3 machines to Second site.'],
    firstRunAt: seedNow,
    estimatedBytes: 120 * gib,
    arithmetic: ['3 machines × 40 GiB'],
    command: 'reelvault job create …',
  },
  folder: {
    exists: true,
    isMountPoint: true,
    writable: true,
    capacityBytes: 4000 * gib,
    freeBytes: 1800 * gib,
    repositoryId: null,
    problem: null,
  },
  entries: [
    { name: 'images', path: '/srv/images', kind: 'folder' as const, sizeBytes: null, modifiedAt: seedNow },
    { name: 'disk.raw', path: '/srv/disk.raw', kind: 'file' as const, sizeBytes: 40 * gib, modifiedAt: seedNow },
  ],
  portal: { initiatorName: 'iqn.2026-01.net.reelvault:0123456789ab', targets: [], devices },
  test: {
    vendor: 'EXAMPLE',
    product: 'VTL',
    serial: 'EX0001',
    slotCount: 8,
    importExportCount: 2,
    driveCount: 2,
    cartridgeCount: 5,
    drives: devices
      .filter(({ type }) => type === 'drive')
      .map(({ device: name, vendor, product, serial }, at) => ({
        name: `Drive ${at + 1}`,
        device: name,
        vendor,
        product,
        serial,
        problem: null,
      })),
    notes: ['The library does not tell its mail slots apart.'],
  },
  /** One tape that is there, one to be brought in, and a restore point that is lost. */
  plan: (points: readonly { pointId: string; machineName: string; createdAt: number }[]) => ({
    tapes: [
      {
        order: 1,
        mediaId: 'tape-4',
        barcode: 'RV0004L9',
        where: 'Slot 5',
        available: true,
        setName: 'Weekly set 2026-11-05',
        sequence: 1,
        bytes: 5 * gib,
      },
      {
        order: 2,
        mediaId: 'tape-25',
        barcode: 'RV0025L9',
        where: 'Offline',
        available: false,
        setName: 'Weekly set 2026-11-05',
        sequence: 2,
        bytes: 2 * gib,
      },
    ],
    points: points.map(({ pointId, machineName, createdAt }, at) => ({
      pointId,
      machineName,
      createdAt,
      files: 1,
      restorable: at === 0,
      reason: at === 0 ? '' : 'Its full is on RV0031L9, which was erased.',
    })),
    bytes: 12 * gib,
  }),
};
