/**
 * One transaction that is open: what every write of a store takes. Only {@link Commits} open one, and only its own database
 * takes it, until the function that got it returns.
 */
export class UnitOfWork {
  /** Nothing that merely looks like one is taken. */
  readonly #genuine = true;

  static is(value: unknown): value is UnitOfWork {
    return typeof value === 'object' && value !== null && #genuine in value && value.#genuine;
  }
}

/**
 * Opens units of work: all that `act` writes with the unit it is given happens, or nothing. They differ in when a commit is
 * durable. A killed process takes none of them. `act` may not wait, and opens no other unit: what it calls gets this one.
 */
export interface Commits {
  /** Durable when this returns; the loop stands still until then. */
  now<T>(act: (work: UnitOfWork) => T): T;
  /** Durable when {@link flushed} was awaited: until then nobody may be told of it, and nothing may rely on it. */
  later<T>(act: (work: UnitOfWork) => T): T;
  /** Durable with whatever is flushed next: for what a power loss may take. */
  lazily<T>(act: (work: UnitOfWork) => T): T;
  /** Durable when this resolves, without stopping the loop. */
  durably<T>(act: (work: UnitOfWork) => T): Promise<T>;
  /**
   * Everything that was committed so far is durable, but what was committed lazily since. Throws DatabaseNotFlushed, for
   * good: nothing can be written after that.
   */
  flushed(): Promise<void>;
  /** What `act` gives, or throws, once everything is durable that was committed {@link later} meanwhile. */
  answered<T>(act: () => T | Promise<T>): Promise<T>;
}

/** What can be called of a store: a test may give anything of this shape. */
export type Surface<Store> = Pick<Store, keyof Store>;
