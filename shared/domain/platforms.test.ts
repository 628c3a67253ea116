import { describe, expect, test } from 'vitest';
import { canCopy, canGoToTape, findPlatform, platformName, platforms, restoreFromTape } from './platforms.ts';

test('ids and names are unique', () => {
  expect(new Set(platforms.map((p) => p.id)).size).toBe(platforms.length);
  expect(new Set(platforms.map((p) => p.name)).size).toBe(platforms.length);
  expect(platformName('proxmox-ve')).toBe('Proxmox VE');
  expect(platformName('of-a-newer-version')).toBe('of-a-newer-version');
  expect(findPlatform('of-a-newer-version')).toBeUndefined();
});

describe('restore from tape', () => {
  test.each(['proxmox-ve', 'scale-hypercore', 'nutanix-ahv', 'agent'])('%s: to a repository first, by rule', (id) => {
    const verdict = restoreFromTape(id);
    expect(verdict).toMatchObject({ possible: false, code: 'to-repository-first' });
    expect(verdict.reason).toContain(`Machines of ${platformName(id)} cannot be restored straight from tape`);
  });

  test.each(platforms.map((p) => p.id))('%s is never promised a direct restore', (id) => {
    expect(restoreFromTape(id).possible).toBe(false);
  });
});

describe('copy and tape', () => {
  test.each([
    ['proxmox-ve', 'immediate', true],
    ['proxmox-ve', 'periodic', true],
    ['scale-hypercore', 'periodic', true],
    ['database-plugin', 'immediate', true],
    ['database-plugin', 'periodic', false],
    ['file-share', 'immediate', false],
    ['of-a-newer-version', 'periodic', true],
  ] as const)('%s in %s mode: %s', (id, mode, possible) => {
    expect(canCopy(id, mode).possible).toBe(possible);
    expect(canCopy(id, mode, { external: true })).toMatchObject({ possible: false, code: 'to-external' });
  });

  test('what tape does not take', () => {
    expect(platforms.filter((p) => !canGoToTape(p.id).possible).map((p) => p.id)).toEqual(['database-plugin']);
    expect(canGoToTape('of-a-newer-version').possible).toBe(true);
  });
});
