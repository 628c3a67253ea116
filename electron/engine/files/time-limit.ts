import { FileError } from './file-error.ts';

/** How long a file system may take to answer a small question. A mount whose server is gone never does. */
export const answerLimitMs = 30_000;

/**
 * Waits for an answer of the file system, no longer than this and no longer than the signal allows. The call itself
 * cannot be taken back: one that hangs keeps its thread, and its late result is dropped by `late`.
 */
export async function withTimeLimit<T>(
  path: string,
  answer: Promise<T>,
  options: { limitMs?: number | undefined; signal?: AbortSignal | undefined; late?: (result: T) => void } = {},
): Promise<T> {
  const { limitMs = answerLimitMs, signal, late } = options;
  let settle: (error: unknown) => void = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    settle = reject;
  });
  const seconds = Math.ceil(limitMs / 1000);
  const timer = setTimeout(
    () =>
      settle(
        new FileError(
          'timeout',
          path,
          `The file system of ${path} has not answered for ${seconds} seconds.`,
          'If it is a network share, see whether its server can be reached, then try again.',
        ),
      ),
    limitMs,
  );
  const onAbort = (): void => settle(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let given = false;
  try {
    signal?.throwIfAborted();
    const result = await Promise.race([answer, limit]);
    given = true;
    return result;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    if (!given) answer.then((result) => late?.(result)).catch(() => undefined);
  }
}
