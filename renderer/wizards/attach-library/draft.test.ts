import { expect, it } from 'vitest';
import { attachedLibrarySettings, type FoundDevice } from '../../../shared/contract/library-kinds.ts';
import { stepOfField } from '../wizard-state.ts';
import {
  connectionOf,
  libraryCommand,
  libraryDraftOf,
  libraryProblems,
  librarySteps,
  newLibraryDraft,
  secretsOf,
  suggestion,
} from './draft.ts';

const none: ReadonlySet<string> = new Set();
const target = 'iqn.2003-01.com.example:vtl';
const good = {
  ...newLibraryDraft('VTL'),
  portal: '192.0.2.10',
  chapUser: 'backup',
  chapSecret: 'a long secret',
  changer: `${target}/1`,
  drives: [`${target}/2`, `${target}/3`],
};

it('is what the contract takes, and comes back from it', () => {
  expect(libraryProblems(good, none, [])).toEqual([]);
  const settings = { name: good.name, connection: connectionOf(good), secrets: secretsOf(good) };
  const parsed = attachedLibrarySettings.parse(settings);
  expect({ ...libraryDraftOf('VTL', parsed.connection), chapSecret: good.chapSecret }).toEqual(good);
  const local = { ...newLibraryDraft('MSL'), kind: 'local' as const, changer: '/dev/sg3', drives: ['/dev/sg4'] };
  expect(libraryProblems(local, none, [])).toEqual([]);
  expect(libraryDraftOf('MSL', connectionOf(local))).toEqual(local);
});

it('puts what is wrong on pages of the wizard', () => {
  const wrong = {
    ...good,
    portal: 'a b',
    chapSecret: '',
    mutualChapUser: 'x',
    changer: '',
    drives: [],
    initiatorName: 'me',
  };
  const fields = libraryProblems(wrong, new Set(['vtl']), []).map(({ field }) => field);
  expect(fields.toSorted()).toEqual([
    'connection.changer',
    'connection.drives',
    'connection.initiatorName',
    'connection.portal',
    'name',
    'secrets.chapSecret',
    'secrets.mutualChapSecret',
  ]);
  for (const field of fields) expect(stepOfField(librarySteps(wrong), field)).not.toBeNull();
});

it('needs no secret again where one is stored', () => {
  expect(libraryProblems({ ...good, chapSecret: '' }, none, ['chapSecret'])).toEqual([]);
  expect(secretsOf({ ...good, chapSecret: '' })).toEqual({});
});

const device = (type: FoundDevice['type'], on: string, lun: number, usedBy: string | null = null): FoundDevice => ({
  device: `${on}, LUN ${lun}`,
  target: on,
  lun,
  path: null,
  type,
  vendor: '',
  product: '',
  revision: '',
  serial: '',
  usedBy,
  problem: null,
});

it('suggests the one changer with its drives, and nothing where there are several', () => {
  const other = `${target}2`;
  const vtl = [device('changer', target, 1), device('drive', target, 2), device('drive', other, 2)];
  expect(suggestion(vtl)).toEqual({ changer: `${target}/1`, drives: [`${target}/2`] });
  // A gateway whose devices are a target each.
  const gateway = [device('changer', 'iqn.a', 0), device('drive', 'iqn.b', 0), device('drive', 'iqn.c', 0, 'Other')];
  expect(suggestion(gateway)).toEqual({ changer: 'iqn.a/0', drives: ['iqn.b/0'] });
  expect(suggestion([...vtl, device('changer', other, 1)])).toBeNull();
  expect(suggestion([...vtl, device('changer', other, 1, 'Other')])).not.toBeNull();
});

it('says the same as a command, without the secret', () => {
  expect(libraryCommand(good)).toBe(
    `reelvault library add-iscsi VTL --portal 192.0.2.10 --chap-user backup --changer ${target}/1 --drive ${target}/2 --drive ${target}/3`,
  );
});
