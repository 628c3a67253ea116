import { SourceError } from './source-error.ts';
import type { ConfigurationDocument, OpenRequest, SourceDisk, SourceKind, SourceSpec } from './kinds/kind.ts';
import { openDisk } from './open-disk.ts';
import { sourceKinds } from './kinds/list.ts';

/** A machine's disk or document under the name that finds it again in the next point. */
export interface MachineObject {
  /** Of the machine alone. */
  objectId: string;
  name: string;
  kind: 'disk' | 'document';
  source: SourceDisk;
}

export interface OpenMachine {
  objects: MachineObject[];
  /** Once; `committed` as for a disk. Closes all, and rejects with the first failure. */
  close(committed: boolean): Promise<void>;
}

/** Opens all disks of a machine, and what their platform says of it. Throws {@link SourceError}; nothing stays open then. */
export async function openMachine(
  disks: readonly (SourceSpec & { name?: string | undefined })[],
  request: OpenRequest,
  kinds: readonly SourceKind[] = sourceKinds,
): Promise<OpenMachine> {
  const objects: MachineObject[] = [];
  const documents = new Map<string, Uint8Array>();
  const freeId = uniqueNames();
  const close = async (committed: boolean): Promise<void> => {
    const ends = await Promise.allSettled(objects.map(({ source }) => source.close(committed)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  try {
    for (const [index, spec] of disks.entries()) {
      request.signal?.throwIfAborted();
      const source = await openDisk(spec, request, kinds);
      const name = freeId(spec.name ?? `disk${index}`);
      objects.push({ objectId: name, name, kind: 'disk', source });
      for (const document of source.documents) addDocument(documents, document, source.path);
    }
  } catch (error) {
    await close(false).catch(() => undefined);
    throw error;
  }
  for (const [name, bytes] of documents) {
    objects.push({ objectId: freeId(`config:${name}`), name, kind: 'document', source: documentSource(name, bytes) });
  }
  return { objects, close };
}

function uniqueNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}-${count}`;
    taken.add(name);
    return name;
  };
}

function addDocument(known: Map<string, Uint8Array>, { name, bytes }: ConfigurationDocument, path: string): void {
  const before = known.get(name);
  if (before && Buffer.compare(before, bytes) !== 0) {
    throw new SourceError(
      'changed',
      path,
      `${path} has another ${name} than the other disks: they do not belong to one machine.`,
      'Give each machine its own disks, or start the backup again when its configuration is not being changed.',
    );
  }
  known.set(name, bytes);
}

function documentSource(path: string, bytes: Uint8Array): SourceDisk {
  return {
    path,
    sizeBytes: bytes.length,
    content: {
      read: async (target, position) => target.set(bytes.subarray(position, position + target.length)),
    },
    documents: [],
    checkUnchanged: async () => undefined,
    close: async () => undefined,
  };
}
