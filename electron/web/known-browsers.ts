import { createHmac, randomBytes } from 'node:crypto';
import { equalInConstantTime } from '../hosting/constant-time-equal.ts';
import type { PasswordFile } from './password-file.ts';

/** Browsers keep no cookie longer than 400 days (RFC 6265bis). */
export const knownForSeconds = 400 * 86_400;

/**
 * Browsers that have signed in before, recognised by a cookie of their own: the guesses of strangers do not hold them up.
 * The cookie signs nobody in. Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies. The key comes from
 * the password's record, so that a new password forgets every browser.
 */
export class KnownBrowsers {
  readonly #password: PasswordFile;

  constructor(password: PasswordFile) {
    this.#password = password;
  }

  /** The value of a cookie for a browser that has just signed in. */
  async issue(): Promise<string> {
    const id = randomBytes(16).toString('base64url');
    return `${id}.${await this.#seal(id)}`;
  }

  /** The browser's id when the cookie is one of ours and of this password; otherwise undefined. */
  async idOf(cookie: string | undefined): Promise<string | undefined> {
    const [, id, seal] = /^([\w-]{22})\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
    if (id === undefined || seal === undefined) return undefined;
    return equalInConstantTime(seal, await this.#seal(id)) ? id : undefined;
  }

  async #seal(id: string): Promise<string> {
    return createHmac('sha256', await this.#password.recordKey())
      .update(`known browser ${id}`)
      .digest('base64url');
  }
}
