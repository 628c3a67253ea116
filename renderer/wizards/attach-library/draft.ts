import {
  type AttachedConnection,
  attachedLibrarySettings,
  type FoundDevice,
  type IscsiDevice,
  type LibraryConnection,
} from '../../../shared/contract/library-kinds.ts';
import { type CommandOption, commandWithOptions } from '../../../shared/domain/command-line.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';

export interface LibraryDraft {
  name: string;
  kind: 'iscsi' | 'local';
  portal: string;
  chapUser: string;
  chapSecret: string;
  mutualChapUser: string;
  mutualChapSecret: string;
  headerDigest: boolean;
  dataDigest: boolean;
  initiatorName: string;
  /** `target/lun` or a path, as {@link deviceId} gives it; empty: none chosen. */
  changer: string;
  drives: readonly string[];
}

/** Secrets that are stored with the library that is edited. */
export type StoredSecrets = readonly ('chapSecret' | 'mutualChapSecret')[];

export const newLibraryDraft = (name: string): LibraryDraft => ({
  name,
  kind: 'iscsi',
  portal: '',
  chapUser: '',
  chapSecret: '',
  mutualChapUser: '',
  mutualChapSecret: '',
  headerDigest: false,
  dataDigest: false,
  initiatorName: '',
  changer: '',
  drives: [],
});

const iscsiId = ({ target, lun }: IscsiDevice): string => `${target}/${lun}`;
export const deviceId = (device: FoundDevice): string => device.path ?? `${device.target}/${device.lun}`;

export const libraryDraftOf = (name: string, connection: LibraryConnection): LibraryDraft => {
  const draft = newLibraryDraft(name);
  switch (connection.kind) {
    case 'iscsi': {
      const { changer, drives, kind, ...access } = connection;
      return { ...draft, ...access, kind, changer: iscsiId(changer), drives: drives.map(iscsiId) };
    }
    case 'local':
      return { ...draft, ...connection };
    default:
      return draft;
  }
};

const iscsiDevice = (id: string): IscsiDevice => {
  const slash = id.lastIndexOf('/');
  return { target: id.slice(0, slash), lun: Number(id.slice(slash + 1)) };
};

export const accessOf = (draft: LibraryDraft) => ({
  portal: draft.portal.trim(),
  initiatorName: draft.initiatorName.trim(),
  chapUser: draft.chapUser.trim(),
  mutualChapUser: draft.mutualChapUser.trim(),
  headerDigest: draft.headerDigest,
  dataDigest: draft.dataDigest,
});

/** What was not typed stays as it is stored. */
export const secretsOf = (draft: LibraryDraft) => ({
  ...(draft.chapSecret === '' ? {} : { chapSecret: draft.chapSecret }),
  ...(draft.mutualChapSecret === '' ? {} : { mutualChapSecret: draft.mutualChapSecret }),
});

export const connectionOf = (draft: LibraryDraft): AttachedConnection =>
  draft.kind === 'local'
    ? { kind: 'local', changer: draft.changer, drives: [...draft.drives] }
    : {
        kind: 'iscsi',
        ...accessOf(draft),
        changer: iscsiDevice(draft.changer),
        drives: draft.drives.map(iscsiDevice),
      };

const connectionFields = ['portal', 'chapUser', 'mutualChapUser', 'headerDigest', 'dataDigest', 'initiatorName'];
const nameStep: StepRule = {
  id: 'name',
  title: texts.steps.name,
  intro: texts.intros.name,
  fields: ['name', 'connection.kind'],
};
const portalStep: StepRule = {
  id: 'portal',
  title: texts.steps.portal,
  intro: texts.intros.portal,
  fields: [...connectionFields.map((field) => `connection.${field}`), 'secrets'],
};
const devicesStep: StepRule = {
  id: 'devices',
  title: texts.steps.devices,
  intro: texts.intros.devices,
  fields: ['connection.changer', 'connection.drives'],
};
const summaryStep: StepRule = { id: 'summary', title: texts.steps.summary, intro: texts.intros.summary, fields: [] };

export const librarySteps = ({ kind }: LibraryDraft): readonly StepRule[] =>
  kind === 'iscsi' ? [nameStep, portalStep, devicesStep, summaryStep] : [nameStep, devicesStep, summaryStep];

export const libraryProblems = (
  draft: LibraryDraft,
  takenNames: ReadonlySet<string>,
  stored: StoredSecrets,
): Problem[] => {
  const t = texts.problems;
  const settings = { name: draft.name, connection: connectionOf(draft), secrets: secretsOf(draft) };
  const isDevice = (field: string): boolean => /^connection\.(changer|drives)/.test(field);
  // Devices are chosen, not typed: what is wrong with them is that there are none.
  const problems = schemaProblems(attachedLibrarySettings, settings).filter(({ field }) => !isDevice(field));
  if (takenNames.has(draft.name.trim().toLowerCase())) problems.push({ field: 'name', message: t.taken });
  const needsSecret = (user: string, secret: string, name: StoredSecrets[number]): void => {
    if (draft.kind === 'iscsi' && user.trim() !== '' && secret === '' && !stored.includes(name)) {
      problems.push({ field: `secrets.${name}`, message: t.secret });
    }
  };
  needsSecret(draft.chapUser, draft.chapSecret, 'chapSecret');
  needsSecret(draft.mutualChapUser, draft.mutualChapSecret, 'mutualChapSecret');
  if (draft.changer === '') problems.push({ field: 'connection.changer', message: t.changer });
  if (draft.drives.length === 0) problems.push({ field: 'connection.drives', message: t.drives });
  return problems;
};

/** What is chosen when nothing is yet: the only changer that is free, and the drives of its target. */
export const suggestion = (devices: readonly FoundDevice[]): Pick<LibraryDraft, 'changer' | 'drives'> | null => {
  const free = devices.filter(({ usedBy, problem }) => usedBy === null && problem === null);
  const changers = free.filter(({ type }) => type === 'changer');
  const [changer] = changers;
  if (changer === undefined || changers.length > 1) return null;
  const drives = free.filter(({ type }) => type === 'drive');
  const own = drives.filter(({ target }) => target === changer.target);
  return { changer: deviceId(changer), drives: (own.length > 0 ? own : drives).map(deviceId) };
};

/** Names a question by what it depends on, without having what is secret in its name (FNV-1a, 32 bits). */
export const fingerprint = (value: unknown): string => {
  let hash = 0x811c_9dc5;
  for (const character of JSON.stringify(value)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x0100_0193);
  return (hash >>> 0).toString(16);
};

export const libraryCommand = (draft: LibraryDraft): string => {
  const drives = draft.drives.map((drive): CommandOption => ['drive', drive]);
  if (draft.kind === 'local') {
    return commandWithOptions('library add-local', [draft.name.trim()], [['changer', draft.changer], ...drives]);
  }
  const { portal, chapUser, mutualChapUser, headerDigest, dataDigest, initiatorName } = accessOf(draft);
  return commandWithOptions(
    'library add-iscsi',
    [draft.name.trim()],
    [
      ['portal', portal],
      ['chap-user', chapUser || null],
      ['mutual-user', mutualChapUser || null],
      ['header-digest', headerDigest],
      ['data-digest', dataDigest],
      ['initiator-name', initiatorName || null],
      ['changer', draft.changer],
      ...drives,
    ],
  );
};
