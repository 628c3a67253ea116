/**
 * Which jobs run, and in which session: the port; {@link RunningJobsInMemory} is the one of an engine that does all its work
 * itself. A job runs once at a time.
 */
export interface RunningJobs {
  sessionOf(jobId: string): string | null;
  begin(jobId: string, sessionId: string): void;
  end(jobId: string): void;
  /** It was asked for while it ran: once more when it has ended. */
  again(jobId: string): void;
  /** Whether it is to run once more; asked once. */
  takeAgain(jobId: string): boolean;
}

export class RunningJobsInMemory implements RunningJobs {
  readonly #sessions = new Map<string, string>();
  readonly #again = new Set<string>();

  sessionOf(jobId: string): string | null {
    return this.#sessions.get(jobId) ?? null;
  }

  begin(jobId: string, sessionId: string): void {
    this.#sessions.set(jobId, sessionId);
  }

  end(jobId: string): void {
    this.#sessions.delete(jobId);
  }

  again(jobId: string): void {
    this.#again.add(jobId);
  }

  takeAgain(jobId: string): boolean {
    return this.#again.delete(jobId);
  }
}
