import { z } from 'zod';
import type { FilePlace } from '../files/file-place.ts';
import { BackupFileError } from './errors.ts';
import type { Encryption, Keys } from './restore-point.ts';
import { readSuperblock, StoredFile } from './stored-file.ts';
import { keyWorker } from './workers.ts';

const recoverySchema = z.object({
  format: z.literal('reelvault-recovery-keys'),
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  keys: z.array(z.object({ keyId: z.string(), dataKey: z.base64(), fileUuids: z.array(z.string()) })),
});
type Recovery = z.infer<typeof recoverySchema>;

/**
 * Collects the data keys of encrypted files into one text: an armoured age file (age-encryption.org/v1), readable with the
 * `age` tool, protected by a passphrase or by recipients (age offers either, not both). Files that are not encrypted are
 * left out. Throws as opening does when a key is missing.
 */
export async function exportRecoveryKeys(options: {
  files: readonly FilePlace[];
  keys: Keys;
  protectWith: Encryption;
  /** ISO 8601 UTC. */
  createdAt: string;
}): Promise<string> {
  const { passphrase, recipients } = options.protectWith;
  if ((passphrase === undefined) === !recipients?.length) {
    const message = 'A recovery file is protected either by a passphrase or by recipients.';
    throw new BackupFileError('invalid-request', '', message);
  }
  const byId = new Map<string, Recovery['keys'][number]>();
  for (const place of options.files) {
    if (!(await readSuperblock(place)).encrypted) continue;
    const file = await StoredFile.open(place, options.keys);
    await file.close();
    const { keyId, keyMaterial } = file;
    if (!keyMaterial || keyId === undefined) continue;
    const dataKey = Buffer.from(keyMaterial.fileKey).toString('base64');
    const entry = byId.get(keyId) ?? { keyId, dataKey, fileUuids: [] };
    entry.fileUuids.push(file.superblock.fileUuid);
    byId.set(keyId, entry);
  }
  const recovery: Recovery = {
    format: 'reelvault-recovery-keys',
    version: 1,
    createdAt: options.createdAt,
    keys: [...byId.values()],
  };
  return keyWorker().run<string>({
    kind: 'armour',
    text: JSON.stringify(recovery, null, 1),
    protectWith: options.protectWith,
  });
}

/** Opens a recovery file; the result opens the backup files that it was made of. Throws `wrong-key` or `corrupt`. */
export async function openRecoveryKeys(text: string, keys: Keys): Promise<Keys> {
  const opened = await keyWorker().run<string | undefined>({ kind: 'unarmour', text, keys });
  if (opened === undefined) {
    throw new BackupFileError('wrong-key', '', 'None of the given keys opens the recovery file, or it is damaged.');
  }
  let recovery: Recovery;
  try {
    recovery = recoverySchema.parse(JSON.parse(opened));
  } catch (cause) {
    throw new BackupFileError('corrupt', '', 'This is not a recovery file for backups.', { cause });
  }
  return { dataKeys: Object.fromEntries(recovery.keys.map(({ keyId, dataKey }) => [keyId, dataKey])) };
}
