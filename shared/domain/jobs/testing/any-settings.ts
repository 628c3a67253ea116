import * as fc from 'fast-check';
import { z } from 'zod';
import { imagePlatforms, platforms } from '../../platforms.ts';
import type { JobSettings } from '../job-kinds.ts';

const named = (kind: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `${kind}-id-${n}`, name: `${kind} no. ${n}'s` }));

/** What ids in the settings below stand for. */
export const listed = {
  jobs: named('job', 3).map((row) => ({ ...row, kind: 'backup' })),
  repositories: named('repository', 3).map((row) => ({ ...row, path: '' })),
  pools: named('pool', 3),
  keys: named('key', 2),
  machines: named('machine', 2),
};
const { jobs, repositories, pools, keys, machines } = listed;

const pick = (rows: readonly { id: string }[]) => fc.constantFrom(...rows.map((row) => row.id));
// Anything printable, but what the schema trims or refuses, and a disk's name that looks like a path.
const word = fc
  .string({ minLength: 1, maxLength: 20 })
  .filter((text) => /^[!-~][ -~]*$/.test(text) && text.trim() === text)
  .filter((text) => !platforms.some(({ id }) => id === text));
const diskPath = word.filter((name) => !name.includes('/')).map((name) => `/images/disk-${name}-`);
const diskName = word.filter((text) => !text.startsWith('/') && !text.includes('=/'));

/** What texts stand for, by the name of their field; everything else is made from the schema alone. */
const texts: Record<string, fc.Arbitrary<string>> = {
  repositoryId: pick(repositories),
  repositoryIds: pick(repositories),
  jobId: pick(jobs),
  jobIds: pick(jobs),
  fullPoolId: pick(pools),
  incrementPoolId: pick(pools),
  keyId: pick(keys),
  excludedMachineIds: pick(machines),
  platform: fc.constantFrom(...imagePlatforms.map(({ id }) => id)),
  path: diskPath,
  'disks.name': diskName,
  at: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`),
};

/** Everything that a schema takes: a setting that is new is in here, and so in the tests below, by itself. */
export function anyOf(schema: z.core.$ZodType, field = '', parent = ''): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodDefault) return anyOf(schema.unwrap(), field, parent);
  if (schema instanceof z.ZodOptional) return fc.option(anyOf(schema.unwrap(), field, parent), { nil: undefined });
  if (schema instanceof z.ZodNullable) return fc.option(anyOf(schema.unwrap(), field, parent), { nil: null });
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) {
    return fc.integer({ min: schema.minValue ?? undefined, max: schema.maxValue ?? undefined });
  }
  // The id of a machine is the engine's: no command line gives it.
  if (schema instanceof z.ZodString)
    return field === 'id' ? fc.constant(undefined) : (texts[`${parent}.${field}`] ?? texts[field] ?? word);
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((one) => anyOf(one, field, parent)));
  if (schema instanceof z.ZodArray) {
    return fc.uniqueArray(anyOf(schema.element, field, parent), {
      minLength: 1,
      maxLength: 3,
      selector: (one) => JSON.stringify(one),
    });
  }
  if (schema instanceof z.ZodObject) {
    return fc.record(
      Object.fromEntries(Object.entries(schema.shape).map(([name, inner]) => [name, anyOf(inner, name, field)])),
    );
  }
  throw new Error(`No settings are made from ${schema._zod.def.type}.`);
}

/** Days and months are stored in their order, which is how words are read, too. */
export const ordered = (settings: JobSettings): JobSettings =>
  JSON.parse(
    JSON.stringify(settings, (key, value: unknown) =>
      (key === 'days' || key === 'months') && Array.isArray(value)
        ? value.sort((a, b) => order.indexOf(a) - order.indexOf(b))
        : value,
    ),
  ) as JobSettings;
const order: unknown[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
order.push(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
