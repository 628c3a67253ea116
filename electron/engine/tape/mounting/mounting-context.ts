import type { TapeContext } from '../library/tape-context.ts';
import type { TapeMounts } from './tape-mounts.ts';

/** What work that takes tapes into drives is done with. */
export interface MountingContext extends TapeContext {
  mounts: TapeMounts;
}
