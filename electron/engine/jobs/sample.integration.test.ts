import { expect, test } from 'vitest';
import { World } from '../testing/scenario.ts';

test('the sample is whole: jobs have run, its machine holds 3-2-1, and the audit names everything that was made', async () => {
  const world = await World.create({ diskMib: 1, fillMib: 1, cartridges: 0, cartridgeMib: 16 });
  try {
    const { client } = world;
    await world.ended((await client.system.createSample()).sessionId);
    const jobs = (await client.jobs.list({ sort: { by: 'name', direction: 'asc' } })).rows;
    expect(jobs.map((job) => [job.name, job.lastResult])).toEqual([
      ['Sample backup', 'success'],
      ['Sample backup copy', 'success'],
      ['Sample to tape', 'success'],
    ]);
    const judged = async (rule321: string): Promise<string[]> =>
      (await client.backups.machines({ filters: { rule321: [rule321] } })).rows.map((machine) => machine.name);
    expect([await judged('holds'), await judged('missing')]).toEqual([['web-01'], []]);

    const lines = (await client.system.audit({ sort: { by: 'at', direction: 'asc' } })).rows;
    expect(lines.map((line) => `${line.action} ${line.object}`).toSorted()).toEqual([
      'job.create Sample backup',
      'job.create Sample backup copy',
      'job.create Sample to tape',
      'job.run Sample backup',
      'job.run Sample backup copy',
      'job.run Sample to tape',
      'library.add Sample library',
      'pool.add Sample tapes',
      'repository.add Sample repository',
      'repository.add Sample second site',
      'sample.create Sample with a virtual library',
    ]);
    expect(new Set(lines.map((line) => line.who))).toEqual(new Set(['test', 'test, sample']));

    // A second one changes nothing and says why.
    const again = await world.ended((await client.system.createSample()).sessionId, 'failed');
    expect(again.session.reason).toContain('The sample is there already.');
  } finally {
    await world.close();
  }
});
