import type { SourceMachine } from '../../../shared/domain/jobs/shapes.ts';

export interface DiskDraft {
  path: string;
  /** A name given earlier; kept as it is. */
  name?: string | undefined;
  /** What the engine saw at that path; null: not looked at yet, or not readable now. */
  sizeBytes: number | null;
}

export interface MachineDraft {
  /** For this wizard only; two new machines have no id yet. */
  key: string;
  id?: string | undefined;
  name: string;
  platform: string;
  disks: readonly DiskDraft[];
}

export const machineDraftOf = (machine: SourceMachine): MachineDraft => ({
  key: machine.id ?? machine.name,
  id: machine.id,
  name: machine.name,
  platform: machine.platform,
  disks: machine.disks.map((disk) => ({ ...disk, sizeBytes: null })),
});

export const machineOf = (machine: MachineDraft): SourceMachine => ({
  ...(machine.id === undefined ? {} : { id: machine.id }),
  name: machine.name,
  platform: machine.platform,
  disks: machine.disks.map((disk) => ({
    path: disk.path.trim(),
    ...(disk.name === undefined ? {} : { name: disk.name }),
  })),
});

/** Disks of all machines together; null while one of them is not known. */
export const totalSourceBytes = (machines: readonly MachineDraft[]): number | null => {
  let total = 0;
  for (const disk of machines.flatMap((machine) => machine.disks)) {
    if (disk.sizeBytes === null) return null;
    total += disk.sizeBytes;
  }
  return total;
};
