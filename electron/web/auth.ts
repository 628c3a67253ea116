import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../engine/faults/clock.ts';
import { AttemptLimits, RateLimit } from '../hosting/attempt-limits.ts';
import { equalInConstantTime } from '../hosting/constant-time-equal.ts';
import { cookieValues } from './cookies.ts';
import { KnownBrowsers, knownForSeconds } from './known-browsers.ts';
import { networkOf } from './network-of.ts';
import { type PasswordFile, passwordRule } from './password-file.ts';
import { SignInSessions, sessionLimits } from './sign-in-sessions.ts';

export type AuthState = 'set-password' | 'sign-in' | 'signed-in';

/** What an `/auth/…` call answers; each of `cookies` is a whole Set-Cookie value. */
export interface AuthReply {
  status: number;
  body: { state: AuthState } | { ok: true } | { code: string; message: string; advice?: string; retryAfterMs?: number };
  cookies?: string[];
  retryAfterMs?: number;
}

const newPassword = z
  .string()
  .min(passwordRule.minLength, `A password has at least ${passwordRule.minLength} characters.`)
  .max(passwordRule.maxLength, `A password has at most ${passwordRule.maxLength} characters.`);
const setPasswordInput = z.object({ password: newPassword, token: z.string().max(200) });
const signInInput = z.object({ password: z.string().max(passwordRule.maxLength) });
const changePasswordInput = z.object({ current: z.string().max(passwordRule.maxLength), password: newPassword });

/**
 * How guessing is slowed. Strangers (browsers that have not signed in before) share one budget, so that many addresses are
 * no more than one; each network waits by itself, too. Whoever has signed in before is slowed by his own failures only.
 */
export const guessLimits = {
  strangers: { burst: 10, perSecond: 0.1 },
  longestStrangerWaitMs: 30_000,
  longestKnownWaitMs: 5 * 60_000,
} as const;

/** Who sends an `/auth/…` call. */
export interface Caller {
  address: string;
  cookies: string | undefined;
}

/** Sign-in of the web console: one password, sessions by cookie, a one-time token for the first start. */
export class Auth {
  readonly #password: PasswordFile;
  readonly #clock: Clock;
  readonly #cookieName: string;
  readonly #knownName: string;
  readonly #secure: boolean;
  readonly #sessions: SignInSessions;
  readonly #browsers: KnownBrowsers;
  readonly #strangers: RateLimit;
  readonly #strangersByNetwork: AttemptLimits;
  /** By id of a known browser, or by session. */
  readonly #known: AttemptLimits;
  #firstStartToken: string | undefined;

  constructor(options: { password: PasswordFile; clock: Clock; instance: string; secure: boolean }) {
    this.#password = options.password;
    this.#clock = options.clock;
    this.#secure = options.secure;
    // Cookies do not know ports: two consoles on one host must not sign each other out.
    this.#cookieName = `${options.secure ? '__Host-' : ''}reelvault_${options.instance}`;
    this.#knownName = `${this.#cookieName}_known`;
    this.#sessions = new SignInSessions(options.clock);
    this.#browsers = new KnownBrowsers(options.password);
    this.#strangers = new RateLimit(options.clock, guessLimits.strangers);
    this.#strangersByNetwork = new AttemptLimits(options.clock, guessLimits.longestStrangerWaitMs);
    this.#known = new AttemptLimits(options.clock, guessLimits.longestKnownWaitMs);
  }

  /** The one-time token with which the first password may be set; undefined when one is set already. */
  async firstStartToken(): Promise<string | undefined> {
    if (await this.#password.isSet()) return undefined;
    this.#firstStartToken ??= randomBytes(32).toString('base64url');
    return this.#firstStartToken;
  }

  /** The living session a Cookie header names, or undefined. */
  sessionOf(cookieHeader: string | undefined): string | undefined {
    return cookieValues(cookieHeader, this.#cookieName).find((secret) => this.#sessions.lives(secret, true));
  }

  lives(session: string, active: boolean): boolean {
    return this.#sessions.lives(session, active);
  }

  async state(session: string | undefined): Promise<AuthReply> {
    const state = session ? 'signed-in' : (await this.#password.isSet()) ? 'sign-in' : 'set-password';
    return { status: 200, body: { state } };
  }

  async setPassword(input: unknown): Promise<AuthReply> {
    const parsed = setPasswordInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    if (await this.#password.isSet()) {
      return refusal(409, 'CONFLICT', 'A password is set already.', 'Sign in with it.');
    }
    // 256 random bits cannot be guessed, and comparing them costs nothing: nobody is made to wait here.
    if (!this.#firstStartToken || !equalInConstantTime(parsed.data.token, this.#firstStartToken)) {
      return refusal(
        403,
        'FORBIDDEN',
        'The first password is set with the address that the server printed when it started.',
        'Open that address, with the part after #, or restart the server to have it printed again.',
      );
    }
    // Spent before the slow part, so that two calls cannot both use it.
    const token = this.#firstStartToken;
    this.#firstStartToken = undefined;
    try {
      await this.#password.set(parsed.data.password, this.#clock.now());
    } catch (error) {
      this.#firstStartToken = token;
      throw error;
    }
    return this.#signedIn();
  }

  async signIn(input: unknown, caller: Caller): Promise<AuthReply> {
    const parsed = signInInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    if (!(await this.#password.isSet())) {
      return refusal(409, 'CONFLICT', 'No password is set yet.', 'Open the address that the server printed.');
    }
    const browser = await this.#knownBrowser(caller.cookies);
    const network = networkOf(caller.address);
    const slowed = browser === undefined ? this.#strangerGuesses(network) : this.#knownGuesses(browser);
    if (slowed) return slowed;
    if (!(await this.#password.matches(parsed.data.password))) {
      return refusal(401, 'WRONG_PASSWORD', 'The password is not right.');
    }
    if (browser !== undefined) this.#known.succeeded(browser);
    else {
      this.#strangers.giveBack();
      this.#strangersByNetwork.succeeded(network);
    }
    return this.#signedIn();
  }

  signOut(session: string): AuthReply {
    this.#sessions.end(session);
    return { status: 200, body: { ok: true }, cookies: [this.#cookie(this.#cookieName, '', 0)] };
  }

  async changePassword(input: unknown, session: string): Promise<AuthReply> {
    const parsed = changePasswordInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    const slowed = this.#knownGuesses(session);
    if (slowed) return slowed;
    if (!(await this.#password.matches(parsed.data.current))) {
      return refusal(401, 'WRONG_PASSWORD', 'The current password is not right.');
    }
    await this.#password.set(parsed.data.password, this.#clock.now());
    this.#sessions.endAll();
    this.#known.succeeded(session);
    return this.#signedIn();
  }

  async #signedIn(): Promise<AuthReply> {
    const session = this.#cookie(this.#cookieName, this.#sessions.begin(), Math.floor(sessionLimits.absoluteMs / 1000));
    const known = this.#cookie(this.#knownName, await this.#browsers.issue(), knownForSeconds);
    return { status: 200, body: { state: 'signed-in' }, cookies: [session, known] };
  }

  async #knownBrowser(cookies: string | undefined): Promise<string | undefined> {
    return this.#browsers.idOf(cookieValues(cookies, this.#knownName)[0]);
  }

  /** Attempts count before their outcome is known, since attempts in parallel count, too. */
  #knownGuesses(key: string): AuthReply | undefined {
    const waitMs = this.#known.waitMs(key);
    if (waitMs > 0) return tooMany(waitMs);
    this.#known.failed(key);
    return undefined;
  }

  #strangerGuesses(network: string): AuthReply | undefined {
    const waitMs = Math.max(this.#strangersByNetwork.waitMs(network), this.#strangers.waitMs());
    if (waitMs > 0) return tooMany(waitMs);
    this.#strangersByNetwork.failed(network);
    this.#strangers.take();
    return undefined;
  }

  #cookie(name: string, value: string, maxAgeSeconds: number): string {
    const secure = this.#secure ? '; Secure' : '';
    return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`;
  }
}

function refusal(status: number, code: string, message: string, advice?: string): AuthReply {
  return { status, body: advice === undefined ? { code, message } : { code, message, advice } };
}

function tooMany(retryAfterMs: number): AuthReply {
  const message = `Too many attempts. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
  return { status: 429, body: { code: 'TOO_MANY_ATTEMPTS', message, retryAfterMs }, retryAfterMs };
}

function invalid(error: z.ZodError): AuthReply {
  return refusal(422, 'INVALID', error.issues[0]?.message ?? 'The input is not valid.');
}
