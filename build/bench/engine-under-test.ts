import { type ChildProcess, fork } from 'node:child_process';
import type { RouterClient } from '@orpc/server';
import type { Engine } from '../../electron/engine/engine.ts';
import { engineModule } from './engine-bundle.ts';
import type { EngineReply, EngineRequest, Usage } from './engine-messages.ts';

type Client = RouterClient<Engine['router']>;
type Picture = Awaited<ReturnType<Client['sessions']['get']>>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** An engine on a data directory, in another process. Closing it ends that. */
export class EngineUnderTest {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #nextId = 1;

  private constructor(dataDir: string, nodeOptions: readonly string[]) {
    this.#process = fork(engineModule, [dataDir], {
      execArgv: ['--expose-gc', ...nodeOptions],
    });
    this.#process.on('message', (reply: EngineReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.error === undefined) pending?.resolve(reply.result);
      else pending?.reject(new Error(reply.error));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`The engine has ended (code ${code}).`));
      this.#pending.clear();
    });
  }

  /**
   * Resolves when the engine is ready. `REELVAULT_BENCH_NODE_OPTIONS` (for example "--cpu-prof") goes to its process.
   */
  static async open(dataDir: string): Promise<EngineUnderTest> {
    const options = (process.env.REELVAULT_BENCH_NODE_OPTIONS ?? '').split(' ').filter((option) => option !== '');
    const engine = new EngineUnderTest(dataDir, options);
    await engine.#ask({ op: 'ready' });
    return engine;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Milliseconds from the start of opening to ready, without the start of Node. */
  async readyMs(): Promise<number> {
    return ((await this.#ask({ op: 'ready' })) as { readyMs: number }).readyMs;
  }

  /** The contract, typed: `call((client) => client.jobs.run, {id})`. */
  async call<Input, Output>(
    pick: (client: Client) => (input: Input) => Promise<Output>,
    input: NoInfer<Input>,
  ): Promise<Output> {
    return (await this.timedCall(pick, input)).result;
  }

  /** {@link call}, with the milliseconds that the engine took, and those that it computed. */
  async timedCall<Input, Output>(
    pick: (client: Client) => (input: Input) => Promise<Output>,
    input: NoInfer<Input>,
  ): Promise<{ result: Output; ms: number; cpuMs: number }> {
    const path = namedPath(pick as (client: never) => unknown);
    return (await this.#ask({ op: 'call', path, input })) as { result: Output; ms: number; cpuMs: number };
  }

  /** Waits for a session's end; rejects with its log unless it was a success. */
  async ended(sessionId: string | null): Promise<Picture> {
    if (sessionId === null) throw new Error('No session was started.');
    const picture = (await this.#ask({ op: 'ended', sessionId })) as Picture;
    if (process.env.REELVAULT_BENCH_LOG) tellLog(picture);
    if (picture.session.result !== 'success') {
      const log = picture.log.map((line) => `  ${line.level}: ${line.text} ${line.advice ?? ''}`).join('\n');
      throw new Error(`${picture.session.name} ended with ${picture.session.result}.\n${log}`);
    }
    return picture;
  }

  async reset(): Promise<void> {
    await this.#ask({ op: 'reset' });
  }

  async usage(): Promise<Usage> {
    return (await this.#ask({ op: 'usage' })) as Usage;
  }

  /** What is still held after garbage was collected, and what the process has from the system. */
  async heap(): Promise<{ heapUsedBytes: number; rssBytes: number }> {
    return (await this.#ask({ op: 'heap' })) as { heapUsedBytes: number; rssBytes: number };
  }

  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    await this.#ask({ op: 'close' });
    // Node now and then hangs in its exit.
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }

  #ask(request: WithoutId<EngineRequest>): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#process.send({ ...request, id } as EngineRequest, (error) => {
        if (!error) return;
        this.#pending.delete(id);
        reject(error);
      });
    });
  }
}

/** Where the time of a session went, line by line (with `REELVAULT_BENCH_LOG`). */
function tellLog({ session, log }: Picture): void {
  process.stderr.write(`${session.name}\n`);
  for (const { at, text } of log) process.stderr.write(`  ${String(at - session.startedAt).padStart(7)} ms  ${text}\n`);
  process.stderr.write(`  ${String((session.endedAt ?? Number.NaN) - session.startedAt).padStart(7)} ms  (end)\n`);
}

/** The names that a function picks, one after the other. */
export function namedPath(pick: (client: never) => unknown): string {
  const names: string[] = [];
  const recorder: object = new Proxy(
    {},
    {
      get(_target, name) {
        names.push(String(name));
        return recorder;
      },
    },
  );
  pick(recorder as never);
  return names.join('.');
}
