/** What the golden files hold. Files of a released format version are never made anew: they show that old files read. */
import { blockBytes, disk, noise, prose } from '../testing/scene.ts';
import type { Keys } from '../restore-point.ts';

export interface GoldenFile {
  name: string;
  /** Names of its chain, itself first. */
  chain: string[];
  contents: Record<string, Buffer>;
  keys?: Keys;
}

/** Text blocks, a zero block, an equal block, a short tail that does not compress. */
const first = { sda: Buffer.concat([disk('AB.A'), noise('tail', 700)]), sdb: prose('second disk', 3000) };
/** One block changed, one emptied, the tail cut, one disk gone, one new. */
const second = { sda: Buffer.concat([disk('.BCA'), noise('tail', 300)]), sdc: Buffer.alloc(blockBytes + 5) };

export const workedExample = {
  fileUuid: '0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f',
  chainUuid: 'c4a14c0d-e000-4000-8000-0000000000c4',
  metadata: {
    pointUuid: '90190190-0190-4190-8190-190190190190',
    createdAt: '2026-11-20T21:00:00.000Z',
    machine: { id: 'm1', name: 'web-01', platform: 'raw' },
    job: { id: 'j1', name: 'Nightly' },
    blockSizeBytes: 1024 * 1024,
    productVersion: '0.1.0',
  },
  contents: { sda: Buffer.from('Twenty bytes of disk') },
};

export const goldenFiles: GoldenFile[] = [
  { name: 'v2-worked-example.rvb', chain: ['v2-worked-example.rvb'], contents: workedExample.contents },
  { name: 'v2-full-zstd.rvb', chain: ['v2-full-zstd.rvb'], contents: first },
  { name: 'v2-increment-lz4.rvb', chain: ['v2-increment-lz4.rvb', 'v2-full-zstd.rvb'], contents: second },
  { name: 'v2-merged.rvb', chain: ['v2-merged.rvb'], contents: second },
  {
    name: 'v2-encrypted.rvb',
    chain: ['v2-encrypted.rvb'],
    contents: first,
    keys: { passphrases: ['golden'] },
  },
];
