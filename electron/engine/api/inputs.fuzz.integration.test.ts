import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient, ORPCError } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { administrator } from '../../../shared/domain/rights.ts';
import { contract } from '../../../shared/contract/contract.ts';
import { type Engine, openEngine } from '../engine.ts';
import { fuzz, fuzzInputs } from '../testing/fuzzing/fuzz.ts';
import { mutateValue } from '../testing/fuzzing/mutate.ts';

interface Procedure {
  name: string;
  schema: z.ZodType | undefined;
  json: Json;
  method: string;
}
type Json = Record<string, unknown>;

const procedures: Procedure[] = Object.entries(contract).flatMap(([space, members]) =>
  Object.entries(members).map(([name, procedure]): Procedure => {
    const { inputSchema, route } = procedure['~orpc'] as { inputSchema?: z.ZodType; route: { method?: string } };
    const json = inputSchema ? (z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' }) as Json) : {};
    return { name: `${space}.${name}`, schema: inputSchema, json, method: route.method ?? 'POST' };
  }),
);

/** Something a schema would take, more or less. */
function sample(schema: Json, choose: (below: number) => number): unknown {
  const variants = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (variants) return sample(variants[choose(variants.length)] ?? {}, choose);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[choose(schema.enum.length)];
  switch (schema.type) {
    case 'object': {
      const out: Record<string, unknown> = {};
      const required = new Set((schema.required ?? []) as string[]);
      for (const [key, inner] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
        if (required.has(key) || choose(2) === 0) out[key] = sample(inner, choose);
      }
      if (typeof schema.additionalProperties === 'object' && schema.additionalProperties) {
        out[['name', 'state', 'kind'][choose(3)] ?? ''] = sample(schema.additionalProperties as Json, choose);
      }
      return out;
    }
    case 'array':
      return Array.from({ length: choose(3) }, () => sample((schema.items ?? {}) as Json, choose));
    case 'string':
      return ['name', 'erp-01', 'a', '21:00', 'createdAt', '%', '', '2d9a6c1e-0000-4000-8000-000000000001'][choose(8)];
    case 'integer':
    case 'number':
      return [0, 1, 2, 7, 200, 1_048_576, 8 * 2 ** 20][choose(7)];
    case 'boolean':
      return choose(2) === 0;
    default:
      return null;
  }
}

test('whatever is sent, the door of each call takes it or refuses it', async () => {
  const checked = procedures.filter(({ schema }) => schema !== undefined);
  expect(checked.length).toBeGreaterThan(50);
  const { taken, refused } = await fuzz('Contract input', (choose) => {
    const { schema, json } = checked[choose(checked.length)] as Procedure & { schema: z.ZodType };
    let input = sample(json, choose);
    for (let left = choose(3); left > 0; left -= 1) input = mutateValue(input, choose);
    return schema.safeParse(input).success;
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(300);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelvault-inputs-'));
  engine = await openEngine({ dataDir: join(folder, 'data'), schedule: false });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

// Calls that change nothing outside the database of this test, whatever they are told.
const harmless = new Set([
  'jobs.create',
  'jobs.clone',
  'jobs.update',
  'jobs.remove',
  'jobs.setEnabled',
  'pools.create',
  'pools.update',
  'pools.remove',
  'media.moveToPool',
  'media.setProtected',
  'media.setName',
  'media.candidates',
  'restores.planFromTape',
  'credentials.add',
  'credentials.update',
  'credentials.remove',
  'repositories.remove',
  'tape.remove',
]);

test('what the door lets in is answered, or refused with a reason an administrator understands', async () => {
  const client = createRouterClient(engine.router, { context: { actor: administrator('fuzz') } }) as unknown as Record<
    string,
    Record<string, (input: unknown) => Promise<unknown>>
  >;
  const asked = procedures.filter(
    ({ name, method }) =>
      (method === 'GET' || harmless.has(name)) &&
      !/follow|changes|subscribe|watch|live/i.test(name) &&
      name !== 'system.browse',
  );
  expect(asked.length).toBeGreaterThan(25);
  const { taken } = await fuzz(
    'Call with strange input',
    async (choose) => {
      const { name, json } = asked[choose(asked.length)] as Procedure;
      let input = sample(json, choose);
      if (choose(2) === 0) input = mutateValue(input, choose);
      const [space = '', call = ''] = name.split('.');
      try {
        await client[space]?.[call]?.(input);
        return true;
      } catch (error) {
        if (!(error instanceof ORPCError)) throw error;
        const internal = error.code === 'INTERNAL' || error.code === 'INTERNAL_SERVER_ERROR';
        if (internal)
          throw new Error(`${name}(${JSON.stringify(input)?.slice(0, 500)}): ${error.message}`, { cause: error });
        if (/SQLITE|\bat .*\.ts:|TypeError/.test(error.message)) throw error;
        return false;
      }
    },
    Math.min(fuzzInputs, 50_000),
  );
  expect(taken).toBeGreaterThan(60);
});
