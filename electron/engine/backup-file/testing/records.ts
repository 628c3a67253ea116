import { readFile } from 'node:fs/promises';
import { readRecordHeader, recordHeaderBytes, recordType, type RecordType } from '../record.ts';

/** The beginning of every header (docs/format-2.md §3). */
const recordMagic = Buffer.from('RVr2', 'latin1');

export interface FoundRecord {
  type: RecordType;
  offset: number;
  session: string;
  counter: number;
  storedBytes: number;
  body: Buffer;
}

/** Every record in the bytes of a file, found by its header alone. */
export function recordsIn(bytes: Buffer): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let at = bytes.indexOf(recordMagic); at >= 0; ) {
    const header = readRecordHeader(bytes.subarray(at, at + recordHeaderBytes));
    if (!header) {
      at = bytes.indexOf(recordMagic, at + 1);
      continue;
    }
    const { type, counter, storedBytes } = header;
    const session = Buffer.from(header.session).toString('hex');
    const body = bytes.subarray(at + recordHeaderBytes, at + recordHeaderBytes + storedBytes);
    found.push({ type, offset: at, session, counter, storedBytes, body });
    at = bytes.indexOf(recordMagic, at + recordHeaderBytes + storedBytes);
  }
  return found;
}

/**
 * Encrypted bodies by key and nonce: session and counter. Throws where one pair was used for two different bodies; the same
 * record in several files or twice in one is none.
 */
export class NonceAudit {
  readonly #seen = new Map<string, Buffer>();

  add(bytes: Buffer): void {
    for (const { type, session, counter, body } of recordsIn(bytes)) {
      if (type === recordType.opening || type === recordType.padding) continue;
      const nonce = `${session}/${counter}`;
      const before = this.#seen.get(nonce);
      if (before && !before.equals(body)) throw new Error(`The nonce ${nonce} was used twice.`);
      this.#seen.set(nonce, Buffer.from(body));
    }
  }

  get nonces(): number {
    return this.#seen.size;
  }
}

/** Where the body of the nth block of a file stands, in the order in which they were written. */
export async function blockAt(path: string, nth: number): Promise<number> {
  const blocks = recordsIn(await readFile(path)).filter(({ type }) => type === recordType.block);
  const block = blocks[nth];
  if (!block) throw new Error(`${path} has no block ${nth}.`);
  return block.offset + recordHeaderBytes;
}
