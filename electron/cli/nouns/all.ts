import type { Noun } from '../command.ts';
import { repository } from './repository.ts';
import { system } from './system.ts';

/** Everything that `reelvault` knows, in the order of its help. */
export const nouns: readonly Noun[] = [repository, system];
