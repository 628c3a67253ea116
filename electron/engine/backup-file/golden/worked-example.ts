/** The worked example of docs/format-2.md, made by the writer that shares no code with the engine. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { writeFull } from '../../../../build/counterparts/backup-file-writer.ts';
import { uuidToBytes } from '../uuid-bytes.ts';
import { workedExample } from './golden-files.ts';

/** The key of RFC 8032, section 7.1, test 1: whoever reads the page can sign and check with it. */
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');

export function workedExampleBytes(): Buffer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32);
  const { metadata, contents } = workedExample;
  const { bytes } = writeFull(
    {
      pointUuid: Buffer.from(uuidToBytes(metadata.pointUuid)),
      createdAtMs: Date.parse(metadata.createdAt),
      machine: metadata.machine,
      job: metadata.job,
      objects: Object.entries(contents).map(([id, content]) => ({
        id,
        name: `Disk ${id}`,
        kind: 'disk' as const,
        bytes: content,
      })),
    },
    {
      fileUuid: Buffer.from(uuidToBytes(workedExample.fileUuid)),
      chainUuid: Buffer.from(uuidToBytes(workedExample.chainUuid)),
      blockSizeBytes: metadata.blockSizeBytes,
      codec: 'none',
      signer: { privateKey, publicKey },
      random: (length) => Buffer.alloc(length, 0x5e),
    },
  );
  return bytes;
}
