import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OperationError } from '../errors.ts';

/**
 * Envelope encryption of what is secret in the database: AES-256-GCM under the installation's secret. Sealed bytes are a
 * nonce (12), the tag (16) and the text; the id of the row they belong to is the associated data, so that they open in
 * no other row.
 */
export class Sealer {
  readonly #given: Buffer | undefined;
  readonly #why: string;

  /** Without a secret nothing is sealed or opened, and `why` says what to do about that. */
  constructor(secret: Buffer | undefined, why = 'The secret of this installation cannot be read now.') {
    this.#given = secret;
    this.#why = why;
  }

  get #secret(): Buffer {
    if (this.#given) return this.#given;
    throw new OperationError(this.#why, null, { kind: 'unavailable' });
  }

  seal(id: string, text: string): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#secret, nonce).setAAD(Buffer.from(id));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** Throws where the bytes were sealed for another row or under another secret, or are damaged. */
  open(id: string, sealed: Uint8Array): string {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv('aes-256-gcm', this.#secret, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  }
}
