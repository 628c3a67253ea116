import { expect, it } from 'vitest';
import { stepOfField } from '../wizard-state.ts';
import {
  diskCommand,
  type DiskPoint,
  diskProblems,
  diskRequestOf,
  diskSentences,
  diskSteps,
  newDiskDraft,
} from './draft.ts';

const point: DiskPoint = {
  id: 'p1',
  machineId: 'm1',
  machineName: 'web01',
  createdAt: Date.UTC(2026, 10, 21),
  disks: [
    { id: 'd0', name: 'system', sizeBytes: 10 },
    { id: 'd1', name: 'data', sizeBytes: 20 },
  ],
};
const good = { ...newDiskDraft(point), folder: ' /restore ' };

it('begins with every disk, and asks for all by naming none', () => {
  expect(diskProblems(good)).toEqual([]);
  expect(diskRequestOf(good)).toEqual({ pointId: 'p1', folder: '/restore', overwrite: false });
  expect(diskRequestOf({ ...good, diskIds: ['d1'] })).toMatchObject({ diskIds: ['d1'] });
});

it('puts what is missing on pages of the wizard', () => {
  const fields = [...diskProblems(newDiskDraft(null)), ...diskProblems({ ...good, diskIds: [], folder: 'x' })].map(
    (problem) => problem.field,
  );
  expect(fields).toEqual(['pointId', 'folder', 'diskIds', 'folder']);
  for (const field of fields) expect(stepOfField(diskSteps, field)).not.toBeNull();
});

it('says the same in words and as a command', () => {
  const one = { ...good, diskIds: ['d1'], overwrite: true };
  expect(diskSentences(one)[0]).toMatch(/^1 disk of web01, .* is written to \/restore\.$/);
  expect(diskCommand(one)).toBe('reelvault restore disk p1 --folder /restore --disk data --overwrite');
  expect(diskCommand(good)).toBe('reelvault restore disk p1 --folder /restore');
});
