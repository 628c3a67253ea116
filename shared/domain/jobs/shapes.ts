/** Shapes that several kinds of job, and their jobs' files and calls, are made of; each written here and nowhere else. */
import { z } from 'zod';
import { isImagePlatform, platformList } from '../platforms.ts';
import { weekdays } from '../zoned-time.ts';

/** Identifiers are opaque to every client: uuids, except where a medium gives its own. */
export const id = z.string().min(1).max(200);
export const objectName = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(120, 'A name has at most 120 characters.')
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'A name has no control characters.');

/** An object that has to be chosen; `message` asks for it. */
export const chosen = (message: string) => z.string(message).min(1, message).max(200);

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time as HH:MM.');
const weekday = z.enum(weekdays);

/**
 * When something runs. Times of day are `HH:MM` on the wall clock of the job's time zone; months count from 1. `on` of a
 * monthly schedule is a weekday of the month, or a day, which shorter months cut to their last day.
 */
export const schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('manual') }),
  z.object({ kind: z.literal('daily'), at: clockTime, days: z.array(weekday).min(1, 'Choose at least one day.') }),
  z.object({
    kind: z.literal('monthly'),
    at: clockTime,
    on: z.union([
      z.object({ week: z.enum(['first', 'second', 'third', 'fourth', 'last']), day: weekday }),
      z.object({ dayOfMonth: z.number().int().min(1).max(31) }),
    ]),
    months: z.array(z.number().int().min(1).max(12)).min(1, 'Choose at least one month.'),
  }),
  z.object({ kind: z.literal('periodic'), everyMinutes: z.number().int().min(1).max(10_080) }),
  z.object({ kind: z.literal('after-job'), jobId: id }),
  z.object({ kind: z.literal('continuous') }),
]);

export type Schedule = z.output<typeof schedule>;

/** How long restore points of a machine are kept. */
export const retention = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('points'), count: z.number().int().min(1, 'Keep at least 1 restore point.').max(9999) }),
  z.object({ kind: z.literal('days'), days: z.number().int().min(1, 'Keep at least 1 day.').max(36_500) }),
]);

export type RetentionRule = z.output<typeof retention>;

/** How often a scheduled run that failed is tried again, and how long is waited before each time. */
export const retry = z.object({
  count: z.number().int().min(0).max(20),
  waitMinutes: z.number().int().min(1).max(1440),
});

export type Retry = z.output<typeof retry>;

export const codec = z.enum(['none', 'lz4', 'zstd']);
export const blockSizeBytes = z.union([
  z.literal(262_144),
  z.literal(524_288),
  z.literal(1_048_576),
  z.literal(4_194_304),
]);

const filePath = z.string().min(1, 'Enter a path.').max(4096);

export const sourceMachine = z.object({
  id: id.optional().describe('stable id; given by the engine when absent'),
  name: objectName,
  platform: z
    .string()
    .refine(isImagePlatform, `There is no such platform of disk images. Known are ${platformList}.`)
    .describe(`one of ${platformList}`),
  disks: z
    .array(z.object({ path: filePath, name: z.string().min(1).max(120).optional() }))
    .min(1, 'Add at least one disk.')
    .max(64),
});
export type SourceMachine = z.output<typeof sourceMachine>;

/** What a job that reads backups takes its restore points from. */
export const backupSelection = z.object({
  jobIds: z.array(id).max(1000).default([]),
  repositoryIds: z.array(id).max(1000).default([]),
  excludedMachineIds: z.array(id).max(100_000).default([]),
});
export type BackupSelection = z.output<typeof backupSelection>;

/** Every day at 22:00: the usual time of what runs by the clock. */
export const everyEvening: Schedule = { kind: 'daily', at: '22:00', days: [...weekdays] };

/** What every kind of job has. */
export const commonShape = {
  name: objectName,
  description: z.string().max(1000).default(''),
  schedule: schedule.default(everyEvening),
  retry: retry.default({ count: 3, waitMinutes: 10 }),
};
