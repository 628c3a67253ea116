import { messageOf } from '../../../shared/domain/message-of.ts';

/** The file is damaged. Nothing is lost that cannot be read again: repositories and tapes describe themselves. */
export class DatabaseDamaged extends Error {
  override readonly name = 'DatabaseDamaged';
  constructor(path: string, cause: unknown) {
    const told = messageOf(cause);
    super(
      `The database ${path} is damaged (${told}). Put a copy of it back; or move it away together with the files ` +
        'beside it that begin with its name, start again, add the repositories and catalogue the tapes: every restore point comes back.',
      { cause },
    );
  }
}

/**
 * What was committed is in the log file, and it could not be made durable. An operating system may drop what it failed to
 * write, and call the next flush of the same file a success: a second try would prove nothing.
 */
export class DatabaseNotFlushed extends Error {
  override readonly name = 'DatabaseNotFlushed';
  constructor(path: string, cause: unknown) {
    const told = messageOf(cause);
    super(
      `The disk did not take what was written to ${path} (${told}). Nothing more is written to the database: ` +
        'what was answered with this error may be lost. Check the disk and its free space, then restart Reelvault.',
      { cause },
    );
  }
}
