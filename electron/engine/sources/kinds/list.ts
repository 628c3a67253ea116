import type { SourceKind } from './kind.ts';
import { raw } from './raw.ts';

/** All kinds of source. */
export const sourceKinds: readonly SourceKind[] = [raw];
