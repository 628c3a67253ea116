import { findFile, type FoundFile } from './found-file.ts';
import type { OpenRequest, SourceDisk, SourceKind, SourceSpec } from './kinds/kind.ts';
import { sourceKinds } from './kinds/list.ts';
import { SourceError } from './source-error.ts';

/**
 * Opens one disk of a machine; without a request only to look at it. Throws {@link SourceError}, among them `format` for
 * a container that no kind opens.
 */
export async function openDisk(
  spec: SourceSpec,
  request?: OpenRequest,
  kinds: readonly SourceKind[] = sourceKinds,
): Promise<SourceDisk> {
  const { kind, file } = await findSource(spec, kinds);
  return kind.open(file, request);
}

export interface InspectedDisk {
  path: string;
  /** Id of the source kind that reads it. */
  kind: string;
  sizeBytes: number;
}

/** Looks whether a backup could read a disk, and gives its size. Throws {@link SourceError}. */
export async function inspectDisk(spec: SourceSpec): Promise<InspectedDisk> {
  const { kind, file } = await findSource(spec, sourceKinds);
  const disk = await kind.open(file);
  await disk.close(false);
  return { path: disk.path, kind: kind.id, sizeBytes: disk.sizeBytes };
}

async function findSource(
  { path }: SourceSpec,
  kinds: readonly SourceKind[],
): Promise<{ kind: SourceKind; file: FoundFile }> {
  const file = await findFile(path);
  const kind = kinds.find((one) => one.takes(file));
  if (kind) return { kind, file };
  await file.handle.close();
  const what = file.container?.name ?? 'of an unknown form';
  const advice = file.container?.advice ?? 'Choose a raw disk image or a block device.';
  const message = `${path} is ${what}, not a raw disk. A backup of it would not be one of the disk in it.`;
  throw new SourceError('format', path, message, advice);
}
