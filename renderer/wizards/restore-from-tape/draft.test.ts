import { describe, expect, it } from 'vitest';
import type { PointRow } from '../../../shared/contract/backups.ts';
import {
  machinesOf,
  pointIdsOf,
  restorableIds,
  restoreCommand,
  restoreProblems,
  restoreSentences,
  type TapePlan,
  withMachines,
  withPoints,
} from './draft.ts';

const row = (id: string, machineId: string, createdAt: number): PointRow => ({
  id,
  pointId: `p-${id}`,
  backupId: 'b',
  origin: 'tape',
  machineId,
  machineName: machineId,
  platform: 'proxmox-ve',
  jobName: 'Nightly',
  locationId: 'pool',
  locationName: 'Weekly',
  kind: 'increment',
  createdAt,
  sizeBytes: 100,
  state: 'complete',
  stateReason: null,
  encrypted: false,
  path: null,
  disks: [],
  tapes: [],
});
const tape = (order: number, barcode: string, available: boolean) => ({
  order,
  mediaId: barcode,
  barcode,
  where: 'somewhere',
  available,
  setName: null,
  sequence: null,
  bytes: 50,
});
const plan: TapePlan = {
  tapes: [tape(1, 'A1', true), tape(2, 'B2', false)],
  points: [
    { pointId: 'a', machineName: 'web', createdAt: 1, restorable: true, reason: '' },
    { pointId: 'c', machineName: 'db', createdAt: 3, restorable: false, reason: 'The full is lost.' },
  ],
  bytes: 90,
};
const machines = machinesOf([row('a', 'web', 1), row('b', 'web', 2), row('c', 'db', 3)]);
const draft = { machines, repositoryId: 'r1' };
const fieldsOf = (plan: TapePlan | null, freeBytes: number | null, repositoryId = 'r1', chosen = machines) =>
  restoreProblems({ machines: chosen, repositoryId }, plan, freeBytes).map((problem) => problem.field);

describe('what is brought back', () => {
  it('gathers points by machine, newest first', () => {
    expect(machines.map((machine) => [machine.name, machine.points.map((point) => point.id)])).toEqual([
      ['db', ['c']],
      ['web', ['b', 'a']],
    ]);
    expect(pointIdsOf(draft)).toEqual(['c', 'b', 'a']);
  });

  it('keeps the points chosen for a machine that is added again', () => {
    const again = withMachines(machines, machinesOf([row('z', 'web', 9), row('y', 'mail', 9)]));
    expect(again.map((machine) => machine.points[0]?.id)).toEqual(['c', 'b', 'y']);
  });

  it('drops a machine without points', () => {
    expect(withPoints(machines, 'db', []).map((machine) => machine.name)).toEqual(['web']);
  });

  it('leaves out what the plan cannot bring back', () => {
    expect(restorableIds(draft, plan)).toEqual(['b', 'a']);
    expect(restoreCommand(draft, plan, 'Main site')).toBe("reelvault restore from-tape b a --to 'Main site'");
  });
});

describe('what stands in the way', () => {
  it('needs machines, a plan, a repository and room in it', () => {
    expect(fieldsOf(null, null, '', [])).toEqual(['machines', 'repositoryId']);
    expect(fieldsOf(null, null)).toEqual(['plan']);
    expect(fieldsOf(plan, 89)).toEqual(['repositoryId']);
    expect(fieldsOf(plan, 90)).toEqual([]);
    expect(fieldsOf(plan, null)).toEqual([]);
  });

  it('refuses to begin when nothing can be brought back', () => {
    const onlyLost = machinesOf([row('c', 'db', 3)]);
    expect(fieldsOf(plan, null, 'r1', onlyLost)).toEqual(['plan']);
  });

  it('is not stopped by a tape that has to be brought in, but says so', () => {
    const said = restoreSentences(draft, plan, 'Main').join(' ');
    expect(said).toMatch(/asks for B2/);
    expect(said).toMatch(/A1, B2/);
  });
});
