/** CHAP with MD5 (RFC 1994, RFC 7143 section 12.1.3), the sign-in that every iSCSI target knows. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { decodeBinary, encodeBinary, type TextKeys } from './text-keys.ts';

/** MD5. Other numbers are read differently by different targets, so they are not offered. */
const algorithm = '5';
const longestChallengeBytes = 1024;

export interface ChapCredentials {
  user: string;
  secret: string;
  /** The target has to prove that it knows this. */
  mutual?: { user: string; secret: string } | undefined;
}

/** The other side's part of the sign-in is not right. */
export class ChapError extends Error {
  override readonly name = 'ChapError';
}

export const chapAlgorithmOffer: readonly [string, string][] = [['CHAP_A', algorithm]];

/** One sign-in: the answer to the target's challenge, and the check of its answer to ours. */
export class ChapExchange {
  readonly #credentials: ChapCredentials;
  readonly #id = randomBytes(1);
  readonly #challenge = randomBytes(16);

  constructor(credentials: ChapCredentials) {
    this.#credentials = credentials;
  }

  /** Keys that answer the target's challenge. */
  answer(told: TextKeys): [string, string][] {
    const { user, secret, mutual } = this.#credentials;
    if (told.get('CHAP_A') !== algorithm) throw new ChapError('the target asks for another CHAP algorithm than MD5');
    const identifier = Number(told.get('CHAP_I'));
    const challenge = decodeBinary(told.get('CHAP_C') ?? '');
    if (!Number.isInteger(identifier) || identifier < 0 || identifier > 255 || !challenge) {
      throw new ChapError('the target sent no CHAP challenge');
    }
    if (challenge.length > longestChallengeBytes) throw new ChapError('the target’s CHAP challenge is too long');
    const keys: [string, string][] = [
      ['CHAP_N', user],
      ['CHAP_R', encodeBinary(respond(identifier, secret, challenge))],
    ];
    if (mutual) keys.push(['CHAP_I', String(this.#id[0])], ['CHAP_C', encodeBinary(this.#challenge)]);
    return keys;
  }

  /** Throws unless the target answered our challenge as only it can. Nothing to check where that was not asked for. */
  verify(told: TextKeys): void {
    const { mutual } = this.#credentials;
    if (!mutual) return;
    const given = decodeBinary(told.get('CHAP_R') ?? '');
    const expected = respond(this.#id[0] as number, mutual.secret, this.#challenge);
    const right = given?.length === expected.length && timingSafeEqual(given, expected);
    if (told.get('CHAP_N') !== mutual.user || !right) {
      throw new ChapError('the target did not authenticate with the expected name and secret');
    }
  }
}

function respond(identifier: number, secret: string, challenge: Uint8Array): Buffer {
  return createHash('md5').update(Uint8Array.of(identifier)).update(secret, 'utf8').update(challenge).digest();
}
