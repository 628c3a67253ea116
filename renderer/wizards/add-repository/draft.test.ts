import { expect, it } from 'vitest';
import { stepOfField } from '../wizard-state.ts';
import {
  type FolderFacts,
  folderSentences,
  newRepositoryDraft,
  repositoryCommand,
  repositoryProblems,
  repositorySteps,
} from './draft.ts';

const none: ReadonlySet<string> = new Set();
const folder: FolderFacts = {
  exists: true,
  isMountPoint: false,
  writable: true,
  capacityBytes: 100,
  freeBytes: 40,
  repositoryId: null,
  problem: null,
};
const good = {
  ...newRepositoryDraft('Main', ''),
  place: { kind: 'directory' as const, path: '/backup', requireMount: false },
};
const fieldsOf = (draft: typeof good, seen: FolderFacts | null = folder, taken = none) =>
  repositoryProblems(draft, taken, seen).map((problem) => problem.field);

it('takes a folder that is there, one that is new, and one that nobody looked at yet', () => {
  for (const seen of [folder, { ...folder, exists: false }, null]) expect(fieldsOf(good, seen)).toEqual([]);
});

it('puts what is wrong on pages of the wizard', () => {
  expect(fieldsOf({ ...good, name: '', place: { ...good.place, path: '' } }, null)).toEqual(['name', 'place.path']);
  expect(fieldsOf({ ...good, place: { ...good.place, path: 'backup' } })).toEqual(['place.path']);
  expect(fieldsOf(good, { ...folder, problem: 'It cannot be written.' })).toEqual(['place.path']);
  expect(fieldsOf({ ...good, place: { ...good.place, requireMount: true } }, { ...folder, exists: false })).toEqual([
    'place.requireMount',
  ]);
  expect(fieldsOf(good, folder, new Set(['main']))).toEqual(['name']);
  for (const field of ['name', 'place.path', 'place.requireMount'])
    expect(stepOfField(repositorySteps, field)).not.toBeNull();
});

it('says what was found in the folder', () => {
  const words = (seen: FolderFacts) => folderSentences(seen, String).sentences.join(' ');
  expect(words({ ...folder, exists: false })).toMatch(/made when you finish/);
  expect(words({ ...folder, repositoryId: 'x' })).toMatch(/is a repository already/);
  expect(words(folder)).toMatch(/40 free of 100/);
  expect(folderSentences({ ...folder, writable: false }, String).intent).toBe('warning');
});

it('says the same as a command', () => {
  expect(repositoryCommand({ ...good, place: { ...good.place, requireMount: true } }, ['k 1'])).toBe(
    "reelvault repository add Main /backup --require-mount --key 'k 1'",
  );
});
