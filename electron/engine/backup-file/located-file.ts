import { blake3 } from '@napi-rs/blake-hash';
import { messageOf } from '../../../shared/domain/message-of.ts';
import type { ChangeableFile, FilePlace, ReadableFile } from '../files/file-place.ts';
import { readDoubled } from './doubled-parts.ts';
import { asBackupFileError, BackupFileError } from './errors.ts';
import { type KeyMaterial, keySectionId, largestKeySectionBytes } from './key-section.ts';
import type { Keys } from './restore-point.ts';
import { readFully } from './stored-bytes.ts';
import { chooseSuperblock, type CurrentSuperblock, dataStart, isWhole, superblockBytes } from './superblock.ts';
import { readTailSuperblock } from './tail-superblock.ts';
import { keyWorker } from './workers.ts';

/** An open file whose head was read: what it says of itself without any key. */
export interface LocatedFile {
  place: FilePlace;
  path: string;
  handle: ReadableFile;
  changeable: ChangeableFile | undefined;
  current: CurrentSuperblock;
  fileSizeBytes: number;
  decay: string[];
}

/** Opens a file and reads its head. */
export async function locate(place: FilePlace, access: 'read' | 'append'): Promise<LocatedFile> {
  const path = place.name;
  let changeable: ChangeableFile | undefined;
  let handle: ReadableFile;
  try {
    if (access === 'append') changeable = await place.openToAppend();
    handle = changeable ?? (await place.open());
  } catch (error) {
    throw asBackupFileError(error, path, 'Opening');
  }
  try {
    const { sizeBytes } = handle;
    const head = Buffer.alloc(dataStart);
    await readFully(handle, head, 0, Math.min(dataStart, sizeBytes));
    const current = await currentSuperblock(handle, head, sizeBytes, path);
    const decay = current.decay === null ? [] : [current.decay];
    return { place, path, handle, changeable, current, fileSizeBytes: sizeBytes, decay };
  } catch (error) {
    await handle.close();
    throw asBackupFileError(error, path, 'Reading');
  }
}

async function currentSuperblock(
  handle: ReadableFile,
  head: Buffer,
  sizeBytes: number,
  path: string,
): Promise<CurrentSuperblock> {
  try {
    return chooseSuperblock(head, sizeBytes, path);
  } catch (error) {
    // A head that can be read is believed, also where it says that the file is cut short.
    const headless = [0, 1].every((slot) => {
      const bytes = head.subarray(slot * superblockBytes, (slot + 1) * superblockBytes);
      return !isWhole(bytes, slot === 0 ? 'A' : 'B');
    });
    const tail = headless ? await readTailSuperblock(handle, sizeBytes, path) : undefined;
    if (!tail) throw error;
    return tail;
  }
}

/** The key of an encrypted file; undefined where it is not encrypted. Throws `key-needed` and `wrong-key`. */
export async function unlock(file: LocatedFile, keys: Keys): Promise<KeyMaterial | undefined> {
  if (!file.current.superblock.keySection) return undefined;
  const section = await readKeySection(file);
  const recovered = keys.dataKeys?.[keySectionId(section)];
  if (recovered !== undefined) return { fileKey: Buffer.from(recovered, 'base64'), section };
  if (!keys.passphrases?.length && !keys.identities?.length) {
    const code = keys.dataKeys ? 'wrong-key' : 'key-needed';
    throw new BackupFileError(code, file.path, `${file.path} is encrypted. Give its passphrase or an identity.`);
  }
  let fileKey: Uint8Array | undefined;
  try {
    fileKey = await keyWorker().run<Uint8Array | undefined>({ kind: 'open', section, keys });
  } catch (error) {
    throw damaged(file.path, error);
  }
  if (!fileKey) {
    const message = `${file.path} is encrypted, and none of the given keys opens it.`;
    throw new BackupFileError('wrong-key', file.path, message);
  }
  return { fileKey, section };
}

async function readKeySection(file: LocatedFile): Promise<Buffer> {
  const place = file.current.superblock.keySection;
  if (!place) throw new TypeError('The file has no key section.');
  if (place.storedBytes > largestKeySectionBytes) throw damaged(file.path, new Error('its key section is too large'));
  return readDoubled(file, [dataStart, place.secondOffset], place.storedBytes, 'the key section', (bytes) =>
    Buffer.compare(blake3(bytes), place.digest) === 0 ? bytes : undefined,
  );
}

export function understand<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof BackupFileError ? error : damaged(path, error);
  }
}

export function damaged(path: string, cause: unknown): BackupFileError {
  return new BackupFileError('corrupt', path, `${path} is damaged: ${messageOf(cause)}.`, { cause });
}
