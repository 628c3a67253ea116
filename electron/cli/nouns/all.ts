import { jobKinds } from '../../../shared/domain/jobs/job-kinds.ts';
import type { Command, Noun } from '../command.ts';
import { jobNoun } from '../job-nouns.ts';
import { deleteFromDisk } from './backup.ts';
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
import { verify } from './verify.ts';

/** Commands of a noun that are not about its jobs. */
const beside: Record<string, Record<string, Command>> = { backup: { 'delete-from-disk': deleteFromDisk } };

/** Everything that `reelvault` knows, in the order of its help. */
export const nouns: readonly Noun[] = [
  repository,
  ...jobKinds.map(({ kind, command }) => jobNoun(kind, beside[command.noun])),
  library,
  pool,
  media,
  job,
  points,
  restore,
  verify,
  session,
  key,
  system,
];
