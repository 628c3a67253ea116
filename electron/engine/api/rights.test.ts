import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import type { CallMeta } from '../../../shared/contract/common.ts';
import { contract } from '../../../shared/contract/contract.ts';
import { administrator, type Role, rights } from '../../../shared/domain/rights.ts';
import { openEngine } from '../engine.ts';

interface Call {
  name: string;
  meta: Partial<CallMeta>;
  method: string | undefined;
}

const calls: Call[] = Object.entries(contract).flatMap(([space, procedures]) =>
  Object.entries(procedures).map(([name, procedure]) => {
    const { meta, route } = procedure['~orpc'];
    return { name: `${space}.${name}`, meta, method: route.method };
  }),
);

test('every call of the contract says which right it needs', () => {
  expect(calls.length).toBeGreaterThan(50);
  const without = calls.filter(({ meta }) => !meta.rights?.length || meta.rights.some((one) => !rights.includes(one)));
  expect(without.map(({ name }) => name)).toEqual([]);
});

test('whoever may only view can make no call that changes something', () => {
  const viewing = calls.filter(({ meta }) => meta.rights?.includes('view'));
  expect(viewing.filter(({ method }) => method !== 'GET').map(({ name }) => name)).toEqual([]);
});

test('an actor without the right is refused by every call; one who has it is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelvault-rights-'));
  const engine = await openEngine({ dataDir: folder, schedule: false });
  try {
    const stranger = { ...administrator('eve'), role: 'nobody' as Role };
    const refused = createRouterClient(engine.router, { context: { actor: stranger } });
    await expect(refused.system.info()).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
    await expect(refused.jobs.list({})).rejects.toThrow('eve may not do this (jobs.list).');
    await expect(refused.media.erase({ mediaIds: ['x'], confirm: 'x' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const allowed = createRouterClient(engine.router, { context: { actor: administrator('anna') } });
    expect((await allowed.jobs.list({})).total).toBe(0);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true });
  }
});
