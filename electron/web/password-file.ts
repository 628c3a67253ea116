import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { durableStep } from '../engine/faults/fault-points.ts';

const record = z.object({
  version: z.literal(1),
  algorithm: z.literal('scrypt'),
  cost: z
    .number()
    .int()
    .min(2)
    .max(2 ** 20),
  blockSize: z.number().int().min(1).max(32),
  parallelization: z.number().int().min(1).max(16),
  salt: z.string(),
  hash: z.string(),
  setAt: z.number().int(),
});
type PasswordRecord = z.infer<typeof record>;

/** OWASP Password Storage Cheat Sheet: scrypt N = 2^17, r = 8, p = 1 (128 MiB and some tenths of a second each). */
const strength = { cost: 2 ** 17, blockSize: 8, parallelization: 1 };
const hashBytes = 32;

export const passwordRule = { minLength: 12, maxLength: 1000 } as const;

/** The console's one password, as a salted scrypt hash in a file that only its owner can read (mode 0600). */
export class PasswordFile {
  readonly filePath: string;
  readonly #strength: typeof strength;
  // One derivation at a time: a crowd of attempts must not take 128 MiB each.
  #queue: Promise<unknown> = Promise.resolve();

  constructor(filePath: string, options: { cost?: number } = {}) {
    this.filePath = filePath;
    this.#strength = { ...strength, cost: options.cost ?? strength.cost };
  }

  /** Whether a password is set. Throws when the file is there and cannot be understood. */
  async isSet(): Promise<boolean> {
    return (await this.#read()) !== undefined;
  }

  /** Stores the hash of a new password: temporary file, flush, rename, flush of the folder. */
  async set(password: string, now: number): Promise<void> {
    const salt = randomBytes(16);
    const hash = await this.#derive(password, salt, this.#strength);
    const content: PasswordRecord = {
      version: 1,
      algorithm: 'scrypt',
      ...this.#strength,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      setAt: now,
    };
    const temporary = `${this.filePath}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
        await durableStep('web.password-file', temporary, () => file.sync());
      } finally {
        await file.close();
      }
      await durableStep('web.password-rename', this.filePath, () => rename(temporary, this.filePath));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    const folder = await open(path.dirname(this.filePath), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** True when `password` is the one that is set; takes as long for a wrong one as for the right one. */
  async matches(password: string): Promise<boolean> {
    const stored = await this.#read();
    if (!stored) return false;
    const expected = Buffer.from(stored.hash, 'base64');
    const actual = await this.#derive(password, Buffer.from(stored.salt, 'base64'), stored);
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }

  /** A key that changes with the password and never leaves this process; throws when no password is set. */
  async recordKey(): Promise<Buffer> {
    const stored = await this.#read();
    if (!stored) throw new Error('No password is set.');
    return createHash('sha256').update(`reelvault key of ${stored.salt} ${stored.hash}`).digest();
  }

  /** Forgets the password: the next start asks for a new one. */
  async remove(): Promise<void> {
    await rm(this.filePath, { force: true });
  }

  async #read(): Promise<PasswordRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.filePath, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const parsed = record.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new Error(
      `The password file ${this.filePath} is damaged. Start with --reset-password to set a new password.`,
    );
  }

  #derive(password: string, salt: Buffer, parameters: typeof strength): Promise<Buffer> {
    const derive = (): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const { cost, blockSize, parallelization } = parameters;
        // Node's own limit is 32 MiB; what scrypt needs is 128 * N * r.
        const maxmem = 256 * cost * blockSize;
        scrypt(
          password.normalize('NFKC'),
          salt,
          hashBytes,
          { cost, blockSize, parallelization, maxmem },
          (error, key) => (error ? reject(error) : resolve(key)),
        );
      });
    const result = this.#queue.then(derive, derive);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
