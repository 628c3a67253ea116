import { createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient, InferContractRouterOutputs } from '@orpc/contract';
import { create } from 'zustand';
import type { Contract } from '../../shared/contract/contract.ts';
import type { AuthState, EngineConnection, EngineLink, Host } from './host.ts';
import { EngineAway, type Problem, problemOf } from './problem.ts';
import { announce } from './topics.ts';
import { say } from '../say.ts';

export type EngineInfo = InferContractRouterOutputs<Contract>['system']['info'];

/**
 * connecting: nothing was seen yet. sign-in: the host wants a person first. online. lost: the last data stays and is
 * tried again. failed: the engine answers, but only to say why it did not start.
 */
export type ConnectionPhase = 'connecting' | 'sign-in' | 'online' | 'lost' | 'failed';

export interface ConnectionState {
  phase: ConnectionPhase;
  /** What the sign-in page asks for. */
  auth: Exclude<AuthState, 'signed-in'> | null;
  /** The engine as it last introduced itself; kept while it is away. */
  info: EngineInfo | null;
  /** Why it is lost or failed. */
  problem: Problem | null;
  lostAt: number | null;
  retryAt: number | null;
  /** The version of the engine where it is another than the one that this page came with. */
  updatedTo: string | null;
}

export const useConnection = create<ConnectionState>(() => ({
  phase: 'connecting',
  auth: null,
  info: null,
  problem: null,
  lostAt: null,
  retryAt: null,
  updatedTo: null,
}));

const firstCallLimitMs = 15_000;
const slowCallMs = 15_000;
const checkLimitMs = 8_000;
const backOffMs = [500, 1000, 2000, 4000, 8000, 15_000] as const;

let link: EngineLink | null = null;
let drop: (() => void) | null = null;
let hurry: (() => void) | null = null;
let checking = false;

/** Tries again at once instead of after the back-off; also after a sign-in. */
export function retryNow(): void {
  hurry?.();
}

/** The link to call through; waits only while the first connection is being made. */
async function linkToCall(): Promise<EngineLink> {
  if (link !== null) return link;
  if (useConnection.getState().phase === 'connecting') {
    await new Promise<void>((resolve) => {
      const stop = useConnection.subscribe((state) => {
        if (state.phase !== 'connecting') finish();
      });
      const limit = setTimeout(() => finish(), firstCallLimitMs);
      const finish = (): void => {
        stop();
        clearTimeout(limit);
        resolve();
      };
    });
    if (link !== null) return link;
  }
  const { phase, problem } = useConnection.getState();
  throw new EngineAway(
    phase === 'failed' && problem !== null
      ? problem.message
      : say('The engine cannot be reached at the moment; nothing was sent.'),
  );
}

/** Goes through whichever connection lives; a call that takes long has the connection itself checked. */
const steadyLink: EngineLink = {
  call: async (path, input, options) => {
    const through = await linkToCall();
    const slow = setTimeout(() => void checkConnection(), slowCallMs);
    try {
      return await through.call(path, input, options);
    } finally {
      clearTimeout(slow);
    }
  },
};

/** The engine's contract, typed; the same object for the life of the page. */
export const client: ContractRouterClient<Contract> = createORPCClient(steadyLink);

/** Asks for a sign of life; drops the connection when there is none, so that a new one is made. */
export async function checkConnection(): Promise<void> {
  const checked = link;
  if (checked === null || checking) return;
  checking = true;
  try {
    await checked.call(['system', 'info'], undefined, { context: {}, signal: AbortSignal.timeout(checkLimitMs) });
  } catch (error) {
    if (!(error instanceof ORPCError) && link === checked) drop?.();
  } finally {
    checking = false;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      hurry = null;
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
    hurry = finish;
  });
}

/** Reads what changed until the connection ends; `since` makes the engine send what was missed meanwhile. */
async function followChanges(through: EngineLink, since: number | null, seen: (seq: number) => void): Promise<void> {
  const direct: ContractRouterClient<Contract> = createORPCClient(through);
  const changes = await direct.system.changes(since === null ? {} : { since });
  for await (const change of changes) {
    seen(change.seq);
    if (change.type === 'resync') announce('everything');
    else if (change.topics.length > 0) announce(change.topics);
  }
}

/** Keeps a connection to the engine until the signal is aborted: connects, follows changes, reconnects with back-off. */
export async function keepConnected(host: Host, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  let lastSeq: number | null = null;
  let ownVersion: string | null = null;
  const set = useConnection.setState;

  const signedIn = async (): Promise<boolean> => {
    if (host.auth === null) return true;
    const auth = await host.auth.state();
    if (auth === 'signed-in') return true;
    set({ phase: 'sign-in', auth, problem: null, lostAt: null, retryAt: null });
    return false;
  };

  const serve = async (connection: EngineConnection): Promise<void> => {
    const direct: ContractRouterClient<Contract> = createORPCClient(connection.link);
    const info = await direct.system.info(undefined, { signal: AbortSignal.timeout(firstCallLimitMs) });
    const restarted = useConnection.getState().info?.startedAt !== info.startedAt;
    const hadData = useConnection.getState().info !== null;
    const dropped = new Promise<'closed'>((resolve) => {
      drop = () => resolve('closed');
    });
    link = connection.link;
    attempt = 0;
    if (restarted) lastSeq = null;
    ownVersion ??= info.version;
    const updatedTo = info.version === ownVersion ? null : info.version;
    set({ phase: 'online', auth: null, info, problem: null, lostAt: null, retryAt: null, updatedTo });
    if (hadData && lastSeq === null) announce('everything');
    const followed = followChanges(connection.link, lastSeq, (seq) => {
      lastSeq = seq;
    }).then(
      // The engine ends this stream only when it closes.
      () => 'closed' as const,
      (error: unknown) => {
        if (error instanceof ORPCError) set({ problem: problemOf(error) });
        return 'closed' as const;
      },
    );
    await Promise.race([connection.ended, dropped, followed]);
  };

  while (!signal.aborted) {
    let connection: EngineConnection | null = null;
    try {
      if (!(await signedIn())) {
        await pause(3_600_000, signal);
        continue;
      }
      connection = await host.connect(signal);
      await serve(connection);
      set({ problem: null });
    } catch (error) {
      set({ problem: problemOf(error) });
      if (error instanceof ORPCError && useConnection.getState().phase !== 'online') set({ phase: 'failed' });
    } finally {
      link = null;
      drop = null;
      connection?.close();
    }
    if (signal.aborted) break;
    const waitMs = (backOffMs[Math.min(attempt, backOffMs.length - 1)] ?? 15_000) * (0.8 + Math.random() * 0.4);
    attempt += 1;
    const now = Date.now();
    const before = useConnection.getState();
    set({
      phase: before.phase === 'failed' ? 'failed' : 'lost',
      lostAt: before.lostAt ?? now,
      retryAt: now + waitMs,
    });
    await pause(waitMs, signal);
    set({ retryAt: null });
  }
}
