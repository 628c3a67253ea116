/** The login phase (RFC 7143, section 6): sign-in, negotiation, and where a target moved to. */
import { get16 } from '../big-endian.ts';
import { ChapError, ChapExchange, type ChapCredentials, chapAlgorithmOffer } from './chap.ts';
import { Connection, ConnectionLost, type Portal, parsePortal } from './connection.ts';
import { LoginRefused, loginRefused } from './login-status.ts';
import { answersTo, operationalOffer, outcome, ownSegmentBytes, type SessionParameters } from './negotiation.ts';
import { loginRequest, response, type TargetPdu } from './pdu.ts';
import { ProtocolError } from './pdu-reader.ts';
import { decodePairs, encodeKeys } from './text-keys.ts';

export interface LoginOptions {
  portal: Portal;
  initiatorName: string;
  /** Absent: a discovery session. */
  target?: string | undefined;
  chap?: ChapCredentials | undefined;
  headerDigest: boolean;
  dataDigest: boolean;
  /** Six bytes that tell our sessions apart; the same ones after a loss replace the session that was lost. */
  isid: Uint8Array;
  /** For connecting and for every answer. */
  limitMs: number;
  signal?: AbortSignal | undefined;
}

export interface LoggedIn {
  connection: Connection;
  parameters: SessionParameters;
  /** Next command sequence number, and the status sequence number expected next. */
  commandSn: number;
  expectedStatusSn: number;
  maxCommandSn: number;
}

const stage = { security: 0, operational: 1, fullFeature: 3 } as const;
const mostRedirections = 4;
/** Steps that a login may take; a target that goes beyond them is given up. */
const mostSteps = 20;
const longestText = 65_536;

/** Logs in. Rejects with {@link LoginRefused}, {@link ConnectionLost} or {@link ProtocolError}. */
export async function login(options: LoginOptions): Promise<LoggedIn> {
  let { portal } = options;
  for (let moves = 0; ; moves++) {
    const connection = await Connection.connect(portal, options.limitMs, options.signal);
    try {
      const moved = await new LoginPhase(connection, options).run();
      if (!(moved instanceof Moved)) return moved;
      portal = moved.to;
    } catch (error) {
      connection.drop(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
    connection.end();
    if (moves === mostRedirections) throw new LoginRefused('the target redirects in a loop', 'target');
  }
}

class Moved {
  readonly to: Portal;
  constructor(to: Portal) {
    this.to = to;
  }
}

interface Step {
  keys: Map<string, string>;
  transit: boolean;
  nextStage: number;
}

class LoginPhase {
  readonly #connection: Connection;
  readonly #options: LoginOptions;
  #stage: number = stage.security;
  readonly #tag = 1;
  readonly #commandSn = 1;
  #expectedStatusSn = 0;
  #maxCommandSn = 0;
  #tsih = 0;
  #steps = 0;

  constructor(connection: Connection, options: LoginOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async run(): Promise<LoggedIn | Moved> {
    const signedIn = await this.#signIn();
    if (signedIn instanceof Moved) return signedIn;
    return this.#negotiate();
  }

  async #signIn(): Promise<Moved | undefined> {
    const { initiatorName, target, chap } = this.#options;
    const names: [string, string][] = [['InitiatorName', initiatorName]];
    if (target === undefined) names.push(['SessionType', 'Discovery']);
    else names.push(['SessionType', 'Normal'], ['TargetName', target]);
    // A target that has to sign in to us must not get by without; the list of targets is nothing to protect, and many
    // portals give it to anybody.
    const mustSignIn = chap?.mutual !== undefined && target !== undefined;
    const methods = chap ? (mustSignIn ? 'CHAP' : 'CHAP,None') : 'None';
    let step = await this.#exchange([...names, ['AuthMethod', methods]], chap ? undefined : stage.operational);
    if (step instanceof Moved) return step;
    const method = step.keys.get('AuthMethod') ?? 'None';
    if (method === 'CHAP' && chap) {
      try {
        const exchange = new ChapExchange(chap);
        step = notMoved(await this.#exchange(chapAlgorithmOffer, undefined));
        step = notMoved(await this.#exchange(exchange.answer(step.keys), stage.operational));
        exchange.verify(step.keys);
      } catch (error) {
        if (error instanceof ChapError) throw new LoginRefused(error.message, 'credentials');
        throw error;
      }
    } else if (method !== 'None' || mustSignIn) {
      throw new LoginRefused(`the target wants to sign in by ${method}, which was not offered`, 'credentials');
    }
    // A target may need another request before it continues.
    for (let waits = 0; !step.transit; waits++) {
      if (waits === 3) throw new ProtocolError('the target does not finish the authentication');
      step = notMoved(await this.#exchange([], stage.operational));
    }
    this.#stage = step.nextStage;
    return undefined;
  }

  async #negotiate(): Promise<LoggedIn> {
    const { headerDigest, dataDigest, target } = this.#options;
    const offer = operationalOffer({ headerDigest, dataDigest, discovery: target === undefined });
    const answers = new Map<string, string>();
    let told: [string, string][] = [...offer];
    while (this.#stage !== stage.fullFeature) {
      const step = notMoved(await this.#exchange(told, stage.fullFeature));
      for (const [key, value] of step.keys) answers.set(key, value);
      if (step.transit) this.#stage = step.nextStage;
      told = answersTo(offer, step.keys);
    }
    const parameters = outcome(offer, answers);
    this.#connection.reader.maxSegmentBytes = ownSegmentBytes;
    this.#connection.useDigests(parameters.headerDigest, parameters.dataDigest);
    return {
      connection: this.#connection,
      parameters,
      commandSn: this.#commandSn,
      expectedStatusSn: this.#expectedStatusSn,
      maxCommandSn: this.#maxCommandSn,
    };
  }

  /** One request and its whole answer; `next` asks to go on to that stage. */
  async #exchange(keys: Iterable<readonly [string, string]>, next: number | undefined): Promise<Step | Moved> {
    let data = encodeKeys(keys);
    const told = new Map<string, string>();
    let textBytes = 0;
    for (;;) {
      if (++this.#steps > mostSteps) throw new ProtocolError('the target does not finish the login');
      const { pdu, text } = await this.#ask(data, next);
      textBytes += text.length;
      if (textBytes > longestText) throw new ProtocolError('the target’s answer to the login is too long');
      const status = get16(pdu.header, 36);
      for (const [key, value] of decodePairs(text)) told.set(key, value);
      if (status >> 8 === 1) {
        const address = told.get('TargetAddress');
        if (!address) throw new ProtocolError('the target redirects without an address');
        return new Moved(parsePortal(address));
      }
      if (status !== 0) throw loginRefused(status);
      this.#expectedStatusSn = (pdu.statusSn + 1) >>> 0;
      this.#maxCommandSn = pdu.maxCommandSn;
      this.#tsih = get16(pdu.header, 14);
      const transit = (pdu.flags & 0x80) !== 0;
      const isContinued = (pdu.flags & 0x40) !== 0;
      const nextStage = pdu.flags & 0x03;
      if (transit && (next === undefined || nextStage > next || nextStage <= this.#stage)) {
        throw new ProtocolError('the target moved on in the login without being asked to');
      }
      if (!isContinued) return { keys: told, transit, nextStage };
      data = encodeKeys([]);
    }
  }

  #ask(data: Uint8Array, next: number | undefined): Promise<{ pdu: TargetPdu; text: Uint8Array }> {
    const { limitMs, signal, isid } = this.#options;
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        connection.onPdu = () => connection.drop(new ProtocolError('the target sent something without being asked'));
        connection.onLost = () => {};
      };
      const fail = (error: unknown): void => {
        done();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new ConnectionLost(`the target did not answer the login within ${Math.round(limitMs / 1000)} s`)),
        limitMs,
      );
      const onAbort = (): void => fail(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      connection.onLost = (reason) =>
        fail(reason instanceof ConnectionLost ? new ConnectionLost(`the connection ${reason.message}`) : reason);
      connection.onPdu = (pdu, text) => {
        if (pdu.opcode !== response.login) {
          return fail(new ProtocolError(`the target answered the login with message ${pdu.opcode.toString(16)}h`));
        }
        done();
        resolve({ pdu, text: Buffer.from(text) });
      };
      connection.send(
        loginRequest({
          transit: next !== undefined,
          currentStage: this.#stage,
          nextStage: next ?? 0,
          isid,
          tsih: this.#tsih,
          tag: this.#tag,
          commandSn: this.#commandSn,
          expectedStatusSn: this.#expectedStatusSn,
          dataBytes: data.length,
        }),
        data,
      );
    });
  }
}

function notMoved(step: Step | Moved): Step {
  if (step instanceof Moved) throw new ProtocolError('the target redirected in the middle of the login');
  return step;
}
