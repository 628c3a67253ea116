import { randomUUID } from 'node:crypto';
import type { PointDocument, SetIdentity, SliceLocation, TapeIdentity } from '../documents.ts';
import type { ByteSource } from '../../../files/byte-source.ts';
import { pathOnTape } from '../tape-names.ts';

export function sampleIdentity(number = 1): TapeIdentity {
  const barcode = `RV${String(number).padStart(4, '0')}L8`;
  return { uuid: randomUUID(), barcode, label: barcode, createdAt: Date.UTC(2026, 0, number) };
}

export function sampleSet(sequence = 1, previousTapeUuid?: string): SetIdentity {
  return {
    uuid: '5e700000-0000-4000-8000-000000000001',
    poolName: 'Weekly',
    poolUuid: '90010000-0000-4000-8000-000000000001',
    name: 'Weekly 2026-01-01',
    createdAt: Date.UTC(2026, 0, 1),
    sequence,
    previousTapeUuid,
  };
}

/** Bytes that differ at every position and between seeds. */
export function sampleBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 + 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    async read(buffer, position) {
      const piece = bytes.subarray(position, position + buffer.length);
      buffer.set(piece);
      return piece.length;
    },
    async close() {},
  };
}

export interface SampleFile {
  bytes: Uint8Array;
  source: ByteSource;
  fileUuid: string;
  pointUuid: string;
  name: string;
  pathOnTape: string;
}

export function sampleFile(name: string, length: number, seed: number): SampleFile {
  const bytes = sampleBytes(length, seed);
  const pointUuid = randomUUID();
  const path = pathOnTape({ machineName: name, machineId: `vm-${name}`, fileName: `${name}.rvb`, pointUuid });
  return { bytes, source: sourceOf(bytes), fileUuid: randomUUID(), pointUuid, name, pathOnTape: path };
}

export function samplePoint(file: SampleFile, slices: SliceLocation[], sha256: string): PointDocument {
  return {
    uuid: file.pointUuid,
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    kind: 'full',
    virtualFull: false,
    machine: { id: `vm-${file.name}`, name: file.name, platform: 'proxmox-ve' },
    job: { id: 'job-1', name: 'Nightly to tape' },
    sessionUuid: '5e550000-0000-4000-8000-000000000001',
    chainUuid: 'c4a10000-0000-4000-8000-000000000001',
    fileUuid: file.fileUuid,
    parentFileUuid: null,
    file: { name: `${file.name}.rvb`, pathOnTape: file.pathOnTape, sizeBytes: file.bytes.length, sha256 },
    objects: [{ name: 'scsi0', sizeBytes: 1024 ** 3, kind: 'disk' }],
    slices,
  };
}
