import type { MediumRecord } from '../store/tape-records.ts';

/** So many in a row, and the robot or the drives are at fault. */
const mostFailures = 3;

/** Counts what fails on the way to a tape that is ready, and says when it is time to give up. */
export class MountRetries {
  #failures = 0;
  #labelFailures = 0;
  /** Failures to bring a tape into a drive, by tape. */
  readonly #fetchFailures = new Map<string, number>();
  readonly #skipped = new Set<string>();

  /** Tapes that twice did not get into a drive: it may be the tape after all, and another one gets the last try. */
  get skipped(): ReadonlySet<string> {
    return this.#skipped;
  }

  /** A robot or drive that fails is not the tape's fault: once more, with another drive if there is one. */
  fetchFailed(medium: Pick<MediumRecord, 'id'>): 'retry' | 'skip' | 'give-up' {
    if (this.#countFailure()) return 'give-up';
    const failures = (this.#fetchFailures.get(medium.id) ?? 0) + 1;
    this.#fetchFailures.set(medium.id, failures);
    if (failures !== 2) return 'retry';
    this.#skipped.add(medium.id);
    return 'skip';
  }

  /** The tape is in a drive and could not be made ready. True: give up. */
  prepareFailed(): boolean {
    return this.#countFailure();
  }

  /** A tape took no label. True: it is not the tapes. */
  labelFailed(): boolean {
    this.#labelFailures += 1;
    return this.#labelFailures >= mostFailures;
  }

  labelled(): void {
    this.#labelFailures = 0;
  }

  ready(): void {
    this.#failures = 0;
  }

  #countFailure(): boolean {
    this.#failures += 1;
    return this.#failures >= mostFailures;
  }
}
