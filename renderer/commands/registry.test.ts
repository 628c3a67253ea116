import { expect, test } from 'vitest';
import type { EntityRows, Overview, Selected } from '../state/entities.ts';
import type { CommandContext } from './command.ts';
import { commandOfKeys, isPressed, menuEntries, nodeEntries, paletteEntries, ribbonTabs } from './projections.ts';
import { commandById, commands } from './registry.ts';

const overview = { pools: [], repositories: 1 } as unknown as Overview;
const host = {
  kind: 'web' as const,
  capabilities: { notifications: false },
  choosePath: null,
  showTheme: null,
  auth: null,
  connect: () => Promise.reject(new Error('not here')),
};
const context = (main: Selected | null, change: Partial<CommandContext> = {}): CommandContext => ({
  host,
  node: 'home/jobs',
  here: null,
  main,
  detail: null,
  overview,
  away: null,
  ...change,
});
const job = (change: Partial<EntityRows['job']> = {}): EntityRows['job'] => ({
  id: 'j',
  version: 1,
  kind: 'backup',
  name: 'Nightly',
  description: '',
  enabled: true,
  sourceSummary: '',
  targetName: '',
  repositoryId: 'r',
  runsAfterJobId: null,
  scheduleText: '',
  nextRunAt: null,
  lastResult: null,
  lastRunAt: null,
  lastSessionId: null,
  runningSessionId: null,
  runningState: null,
  progressPercent: null,
  nextTape: null,
  ...change,
});
const jobs = (...rows: EntityRows['job'][]): Selected => ({ kind: 'job', rows });
const refusals = (main: Selected, change: Partial<CommandContext> = {}): Record<string, string | null | undefined> =>
  Object.fromEntries(menuEntries(commands, main.kind, context(main, change)).map((entry) => [entry.id, entry.refusal]));

test('every command has an id of its own', () => {
  expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length);
});

test('within a tab no two commands share a shortcut', () => {
  for (const tab of new Set(commands.map((command) => command.tab))) {
    const keys = commands.filter((command) => command.tab === tab).flatMap((command) => command.keys ?? []);
    expect({ tab, keys: [...new Set(keys)] }).toEqual({ tab, keys });
  }
});

test('what is running can be stopped and neither started nor deleted; what is not, the other way round', () => {
  const running = refusals(jobs(job({ runningSessionId: 's' })));
  expect(running['job.run']).toContain('is running');
  expect(running['job.delete']).toContain('stop it first');
  expect(running['job.stop']).toBeNull();
  const idle = refusals(jobs(job()));
  expect(idle['job.run']).toBeNull();
  expect(idle['job.stop']).toContain('does not run');
});

test('what is for one is refused for several, with the reason', () => {
  expect(refusals(jobs(job(), job({ id: 'k' })))['job.edit']).toBe('Select one only.');
});

test('without an engine everything that needs it is refused, and looking is not', () => {
  const away = refusals(jobs(job({ lastSessionId: 's' })), { away: 'The engine cannot be reached.' });
  expect(away['job.run']).toBe('The engine cannot be reached.');
  expect(away['job.session']).toBeNull();
});

test('ribbon, menu and palette say the same of a command', () => {
  const at = context(jobs(job()));
  const [, tab] = ribbonTabs(commands, at);
  const inRibbon = tab?.groups.flatMap((group) => group.items) ?? [];
  const inMenu = menuEntries(commands, 'job', at);
  const inPalette = paletteEntries(commands, at);
  expect(inRibbon.length).toBeGreaterThan(5);
  for (const item of inRibbon) {
    expect(inMenu.find((entry) => entry.id === item.id)).toMatchObject({ label: item.label, refusal: item.refusal });
    expect(inPalette.find((entry) => entry.id === item.id)).toMatchObject({ label: item.label, refusal: item.refusal });
  }
});

test('a tape that is protected, in use or away is not erased; one in a library is not forgotten', () => {
  const tape = (change: Partial<EntityRows['medium']>): Selected => ({
    kind: 'medium',
    rows: [
      {
        id: 't',
        version: 1,
        barcode: 'RV1',
        name: 'RV1',
        state: 'closed',
        stateReason: '',
        poolId: 'p',
        poolName: 'P',
        setName: null,
        sequence: null,
        libraryId: 'l',
        where: 'Slot 1',
        online: true,
        elementAddress: 1,
        capacityBytes: null,
        usedBytes: 0,
        freeBytes: null,
        writeProtected: false,
        protectedByAdmin: false,
        lastWrittenAt: null,
        expiresAt: null,
        catalogued: true,
        pointCount: 1,
        ...change,
      },
    ],
  });
  expect(refusals(tape({}))['medium.erase']).toBeNull();
  expect(refusals(tape({ protectedByAdmin: true }))['medium.erase']).toContain('protected');
  expect(refusals(tape({ state: 'in-use' }))['medium.erase']).toContain('in use');
  expect(refusals(tape({ online: false }))['medium.erase']).toContain('offline');
  expect(refusals(tape({}))['medium.forget']).toContain('only offline');
  expect(refusals(tape({ online: false }))['medium.forget']).toBeNull();
});

const press = (key: string, change: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
});

test('shortcuts are exact', () => {
  expect(isPressed('Ctrl+K', press('k', { ctrlKey: true }))).toBe(true);
  expect(isPressed('Ctrl+K', press('k'))).toBe(false);
  expect(isPressed('Ctrl+K', press('K', { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(isPressed('F5', press('F5'))).toBe(true);
});

test('a shortcut is the command of what is selected, refused or not', () => {
  expect(commandOfKeys(commands, context(jobs(job())), press('Delete'))).toMatchObject({
    command: { id: 'job.delete' },
    refusal: null,
  });
  expect(commandOfKeys(commands, context(null), press('Delete'))).toBeNull();
  expect(
    commandOfKeys(commands, context(jobs(job({ runningSessionId: 's' }))), press('Delete'))?.refusal,
  ).not.toBeNull();
});

test('the sample is for an empty console only', () => {
  const sample = commandById('sample.create');
  expect(sample.enabled(context(null))).not.toBe(true);
  expect(sample.enabled(context(null, { overview: { ...overview, repositories: 0 } }))).toBe(true);
});

test('what is done by hand can be done by a command, quoted for a shell', () => {
  const at = context(jobs(job({ name: "Hamburg's files" })));
  expect(commandById('job.run').line(at)).toBe(String.raw`reelvault job run 'Hamburg'\''s files'`);
  expect(commandById('job.run').line(context(jobs(job(), job({ id: 'k' }))))).toBeNull();
  expect(commandById('job.enabled').line(at)).toContain('job disable');
});

test('the tree offers what can be made at a node, and what can be done to the library or pool that it is', () => {
  const labels = (node: string, here: Selected | null = null): string[] =>
    nodeEntries(commands, context(null, { node, here })).map((entry) => entry.label);
  expect(labels('home/jobs/backup-to-tape')).toEqual(['Backup to Tape Job', 'Refresh']);
  expect(labels('home/jobs')).toEqual(['Backup Job', 'Backup Copy Job', 'Backup to Tape Job', 'Refresh']);
  const pool = { kind: 'pool' as const, rows: [{ id: 'p', name: 'Weekly', kind: 'custom', mediaCount: 0 }] };
  expect(labels('tape/pools/p', pool as unknown as Selected)).toEqual(
    expect.arrayContaining(['Edit', 'Remove', 'Add Media Pool']),
  );
});
