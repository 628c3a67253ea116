import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../engine/faults/clock.ts';

export const sessionLimits = { idleMs: 12 * 3_600_000, absoluteMs: 7 * 86_400_000, count: 200 } as const;

interface SignIn {
  createdAt: number;
  usedAt: number;
}

/**
 * Who is signed in. Kept in memory only, by the hash of the cookie's value: a dump of this process or a restart gives
 * nobody a session.
 */
export class SignInSessions {
  readonly #clock: Clock;
  readonly #byHash = new Map<string, SignIn>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a session and returns its secret, 256 random bits in base64url. */
  begin(): string {
    const now = this.#clock.now();
    this.#sweep(now);
    // The oldest goes, so that sign-ins never exhaust memory.
    if (this.#byHash.size >= sessionLimits.count) {
      const oldest = this.#byHash.keys().next();
      if (!oldest.done) this.#byHash.delete(oldest.value);
    }
    const secret = randomBytes(32).toString('base64url');
    this.#byHash.set(hashOf(secret), { createdAt: now, usedAt: now });
    return secret;
  }

  /** True while the session lives; `active` use of it puts its idle limit off, looking does not. */
  lives(secret: string, active: boolean): boolean {
    const hash = hashOf(secret);
    const session = this.#byHash.get(hash);
    if (!session) return false;
    const now = this.#clock.now();
    if (isOver(session, now)) {
      this.#byHash.delete(hash);
      return false;
    }
    if (active) session.usedAt = now;
    return true;
  }

  end(secret: string): void {
    this.#byHash.delete(hashOf(secret));
  }

  /** A change of password ends all other sessions. */
  endAll(): void {
    this.#byHash.clear();
  }

  #sweep(now: number): void {
    for (const [hash, session] of this.#byHash) if (isOver(session, now)) this.#byHash.delete(hash);
  }
}

function isOver(session: SignIn, now: number): boolean {
  return now - session.usedAt >= sessionLimits.idleMs || now - session.createdAt >= sessionLimits.absoluteMs;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
