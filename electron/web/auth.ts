import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../engine/faults/clock.ts';
import { AttemptLimits } from '../hosting/attempt-limits.ts';
import { equalInConstantTime } from '../hosting/constant-time-equal.ts';
import { type PasswordFile, passwordRule } from './password-file.ts';
import { SignInSessions, sessionLimits } from './sign-in-sessions.ts';

export type AuthState = 'set-password' | 'sign-in' | 'signed-in';

/** What an `/auth/…` call answers; `cookie` is a whole Set-Cookie value. */
export interface AuthReply {
  status: number;
  body: { state: AuthState } | { ok: true } | { code: string; message: string; advice?: string; retryAfterMs?: number };
  cookie?: string;
  retryAfterMs?: number;
}

const newPassword = z
  .string()
  .min(passwordRule.minLength, `A password has at least ${passwordRule.minLength} characters.`)
  .max(passwordRule.maxLength, `A password has at most ${passwordRule.maxLength} characters.`);
const setPasswordInput = z.object({ password: newPassword, token: z.string().max(200) });
const signInInput = z.object({ password: z.string().max(passwordRule.maxLength) });
const changePasswordInput = z.object({ current: z.string().max(passwordRule.maxLength), password: newPassword });

/** Sign-in of the web console: one password, sessions by cookie, a one-time token for the first start. */
export class Auth {
  readonly #password: PasswordFile;
  readonly #clock: Clock;
  readonly #cookieName: string;
  readonly #secure: boolean;
  readonly #sessions: SignInSessions;
  readonly #limits: AttemptLimits;
  #firstStartToken: string | undefined;

  constructor(options: { password: PasswordFile; clock: Clock; instance: string; secure: boolean }) {
    this.#password = options.password;
    this.#clock = options.clock;
    this.#secure = options.secure;
    // Cookies do not know ports: two consoles on one host must not sign each other out.
    this.#cookieName = `${options.secure ? '__Host-' : ''}reelvault_${options.instance}`;
    this.#sessions = new SignInSessions(options.clock);
    this.#limits = new AttemptLimits(options.clock);
  }

  /** The one-time token with which the first password may be set; undefined when one is set already. */
  async firstStartToken(): Promise<string | undefined> {
    if (await this.#password.isSet()) return undefined;
    this.#firstStartToken ??= randomBytes(32).toString('base64url');
    return this.#firstStartToken;
  }

  /** The living session a Cookie header names, or undefined. */
  sessionOf(cookieHeader: string | undefined): string | undefined {
    for (const part of (cookieHeader ?? '').split(';')) {
      const at = part.indexOf('=');
      if (at < 0 || part.slice(0, at).trim() !== this.#cookieName) continue;
      const secret = part.slice(at + 1).trim();
      if (this.#sessions.lives(secret, true)) return secret;
    }
    return undefined;
  }

  lives(session: string, active: boolean): boolean {
    return this.#sessions.lives(session, active);
  }

  async state(session: string | undefined): Promise<AuthReply> {
    const state = session ? 'signed-in' : (await this.#password.isSet()) ? 'sign-in' : 'set-password';
    return { status: 200, body: { state } };
  }

  async setPassword(input: unknown, address: string): Promise<AuthReply> {
    const parsed = setPasswordInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    if (await this.#password.isSet()) {
      return refusal(409, 'CONFLICT', 'A password is set already.', 'Sign in with it.');
    }
    const slowed = this.#attempt(address);
    if (slowed) return slowed;
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
    return this.#signedIn(address);
  }

  async signIn(input: unknown, address: string): Promise<AuthReply> {
    const parsed = signInInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    if (!(await this.#password.isSet())) {
      return refusal(409, 'CONFLICT', 'No password is set yet.', 'Open the address that the server printed.');
    }
    const slowed = this.#attempt(address);
    if (slowed) return slowed;
    if (!(await this.#password.matches(parsed.data.password))) {
      return refusal(401, 'WRONG_PASSWORD', 'The password is not right.');
    }
    return this.#signedIn(address);
  }

  signOut(session: string): AuthReply {
    this.#sessions.end(session);
    return { status: 200, body: { ok: true }, cookie: this.#cookie('', 0) };
  }

  async changePassword(input: unknown, address: string): Promise<AuthReply> {
    const parsed = changePasswordInput.safeParse(input);
    if (!parsed.success) return invalid(parsed.error);
    const slowed = this.#attempt(address);
    if (slowed) return slowed;
    if (!(await this.#password.matches(parsed.data.current))) {
      return refusal(401, 'WRONG_PASSWORD', 'The current password is not right.');
    }
    await this.#password.set(parsed.data.password, this.#clock.now());
    this.#sessions.endAll();
    return this.#signedIn(address);
  }

  #signedIn(address: string): AuthReply {
    this.#limits.succeeded(address);
    const cookie = this.#cookie(this.#sessions.begin(), Math.floor(sessionLimits.absoluteMs / 1000));
    return { status: 200, body: { state: 'signed-in' }, cookie };
  }

  /** Counts an attempt before its outcome is known, since attempts in parallel are attempts all the same. */
  #attempt(address: string): AuthReply | undefined {
    const retryAfterMs = this.#limits.waitMs(address);
    if (retryAfterMs === 0) {
      this.#limits.failed(address);
      return undefined;
    }
    const message = `Too many attempts. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
    return { status: 429, body: { code: 'TOO_MANY_ATTEMPTS', message, retryAfterMs }, retryAfterMs };
  }

  #cookie(value: string, maxAgeSeconds: number): string {
    const secure = this.#secure ? '; Secure' : '';
    return `${this.#cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`;
  }
}

function refusal(status: number, code: string, message: string, advice?: string): AuthReply {
  return { status, body: advice === undefined ? { code, message } : { code, message, advice } };
}

function invalid(error: z.ZodError): AuthReply {
  return refusal(422, 'INVALID', error.issues[0]?.message ?? 'The input is not valid.');
}
