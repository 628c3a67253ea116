import type { LibrarySecrets } from '../store/tape-records.ts';
import type { LibraryDevice } from './library-device.ts';

export interface OpenLibraryOptions {
  /** The library's name: its devices are called after it in messages. */
  name: string;
  secrets: LibrarySecrets;
  signal?: AbortSignal | undefined;
}

/** One way to reach libraries. Add a file like this for another. */
export interface LibraryKind<Connection> {
  /** Where the library is, in words; two configured libraries never have the same. */
  locationOf(connection: Connection): string;
  /**
   * Reaches changer and drives. Throws an {@link OperationError} that says what is wrong, with the field of the
   * connection (`connection.portal`, `secrets.chapSecret` ...) where one is to blame.
   */
  open(connection: Connection, options: OpenLibraryOptions): Promise<LibraryDevice>;
}
