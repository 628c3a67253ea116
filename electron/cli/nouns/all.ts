import type { Noun } from '../command.ts';
import { backup } from './backup.ts';
import { copy } from './copy.ts';
import { job } from './job.ts';
import { key } from './key.ts';
import { library } from './library.ts';
import { media } from './media.ts';
import { points } from './points.ts';
import { pool } from './pool.ts';
import { repository } from './repository.ts';
import { restore } from './restore.ts';
import { session } from './session.ts';
import { system } from './system.ts';
import { tapeJob } from './tape-job.ts';
import { verify } from './verify.ts';

/** Everything that `reelvault` knows, in the order of its help. */
export const nouns: readonly Noun[] = [
  repository,
  backup,
  copy,
  library,
  pool,
  media,
  tapeJob,
  job,
  points,
  restore,
  verify,
  session,
  key,
  system,
];
