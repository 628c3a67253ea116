import { type ReactElement, useEffect, useState } from 'react';
import type { FoundDevice, LibraryTest } from '../../../shared/contract/library-kinds.ts';
import type { LibraryRow } from '../../../shared/contract/tape.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { CheckField, TextField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Advanced, Group, Note, Quiet, Row, Text, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { RadioCards } from '../../ui/wizard/radio-cards.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { type Answer, type Engine, useAnswer, useEngine } from '../engine.ts';
import { freeName, takenNamesOf } from '../job-pages/free-name.ts';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { counted } from '../words.ts';
import {
  accessOf,
  connectionOf,
  deviceId,
  fingerprint,
  type LibraryDraft,
  libraryCommand,
  libraryDraftOf,
  libraryProblems,
  librarySteps,
  newLibraryDraft,
  type StoredSecrets,
  secretsOf,
  suggestion,
} from './draft.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'attach-library'>;
type Handle = WizardHandle<LibraryDraft>;

interface Facts {
  libraries: readonly LibraryRow[];
  initial: LibraryDraft;
  version: number;
  stored: StoredSecrets;
}

/** Devices that were found, and what the person should know about the search. */
interface Found {
  devices: readonly FoundDevice[];
  notes: readonly string[];
}

const askFacts = async (engine: Engine, libraryId: string | undefined, signal: AbortSignal): Promise<Facts> => {
  const [{ rows }, library] = await Promise.all([
    engine.tape.libraries({ limit: 1000 }, { signal }),
    libraryId === undefined ? null : engine.tape.library({ id: libraryId }, { signal }),
  ]);
  const initial =
    library === null
      ? newLibraryDraft(freeName(texts.namePrefix, takenNamesOf(rows, undefined)))
      : libraryDraftOf(library.name, library.connection);
  return { libraries: rows, initial, version: library?.version ?? 1, stored: library?.storedSecrets ?? [] };
};

const NamePage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.kind;
  return (
    <>
      <TextField
        {...w.bind('name')}
        label={jobTexts.name}
        required
        value={w.draft.name}
        onChange={(name) => w.update({ name })}
      />
      {w.editing ? null : (
        <RadioCards
          {...w.bind('connection.kind')}
          label={t.label}
          value={w.draft.kind}
          cards={[
            { value: 'iscsi', title: t.iscsi, text: t.iscsiText },
            { value: 'local', title: t.local, text: t.localText },
          ]}
          onChange={(kind) => w.update({ kind, changer: '', drives: [] })}
        />
      )}
    </>
  );
};

const PortalPage = ({ w, stored }: { w: Handle; stored: StoredSecrets }): ReactElement => {
  const t = texts.portal;
  const { draft } = w;
  const [more, setMore] = useState(draft.mutualChapUser !== '' || draft.headerDigest || draft.dataDigest);
  const hidden = ['secrets.mutualChapSecret', 'connection.initiatorName', 'connection.mutualChapUser'];
  const needed = hidden.some((field) => w.problemIn(field) !== undefined);
  const secretHint = (name: StoredSecrets[number]) => (stored.includes(name) ? { hint: t.stored } : {});
  return (
    <>
      <TextField
        {...w.bind('connection.portal')}
        label={t.address}
        hint={t.addressHint}
        required
        placeholder="vtl.example.com"
        value={draft.portal}
        onChange={(portal) => w.update({ portal })}
      />
      <Row>
        <TextField
          {...w.bind('connection.chapUser')}
          label={t.chapUser}
          hint={t.chapUserHint}
          value={draft.chapUser}
          onChange={(chapUser) => w.update({ chapUser })}
        />
        <TextField
          {...w.bind('secrets.chapSecret')}
          {...secretHint('chapSecret')}
          secret
          label={t.chapSecret}
          value={draft.chapSecret}
          onChange={(chapSecret) => w.update({ chapSecret })}
        />
      </Row>
      <Advanced title={t.advanced} open={more || needed} onToggle={setMore}>
        <Row>
          <TextField
            {...w.bind('connection.mutualChapUser')}
            label={t.mutualUser}
            hint={t.mutualUserHint}
            value={draft.mutualChapUser}
            onChange={(mutualChapUser) => w.update({ mutualChapUser })}
          />
          <TextField
            {...w.bind('secrets.mutualChapSecret')}
            {...secretHint('mutualChapSecret')}
            secret
            label={t.mutualSecret}
            value={draft.mutualChapSecret}
            onChange={(mutualChapSecret) => w.update({ mutualChapSecret })}
          />
        </Row>
        <CheckField
          {...w.bind('connection.headerDigest')}
          label={t.headerDigest}
          value={draft.headerDigest}
          onChange={(headerDigest) => w.update({ headerDigest })}
        />
        <CheckField
          {...w.bind('connection.dataDigest')}
          label={t.dataDigest}
          hint={t.dataDigestHint}
          value={draft.dataDigest}
          onChange={(dataDigest) => w.update({ dataDigest })}
        />
        <TextField
          {...w.bind('connection.initiatorName')}
          label={t.initiator}
          hint={t.initiatorHint}
          value={draft.initiatorName}
          onChange={(initiatorName) => w.update({ initiatorName })}
        />
      </Advanced>
    </>
  );
};

const DevicesPage = ({ w, found, libraryName }: { w: Handle; found: Answer<Found>; libraryName: string }) => {
  const t = texts.devices;
  const { draft, update } = w;
  const devices = found.value?.devices ?? [];
  const { changer } = draft;
  useEffect(() => {
    const suggested = changer === '' && found.value !== null ? suggestion(found.value.devices) : null;
    if (suggested !== null) update(suggested);
  }, [found.value, changer, update]);
  const refused = (device: FoundDevice): string | null =>
    device.problem ?? (device.usedBy === null || device.usedBy === libraryName ? null : t.used(device.usedBy));
  const table = (type: FoundDevice['type'], label: string, empty: string, select: 'one' | 'several') => (
    <Group title={label}>
      <ListTable
        label={label}
        columns={[
          { id: 'device', label: t.device, renderCell: (row: FoundDevice) => row.device },
          { id: 'product', label: t.product, width: '180px', renderCell: (row) => `${row.vendor} ${row.product}` },
          { id: 'serial', label: t.serial, width: '130px', renderCell: (row) => row.serial },
        ]}
        rows={devices.filter((row) => row.type === type)}
        rowId={deviceId}
        rowName={(row) => row.device}
        select={select}
        selected={type === 'changer' ? [draft.changer] : draft.drives}
        onSelect={(ids) => update(type === 'changer' ? { changer: ids[0] ?? '' } : { drives: ids })}
        refused={refused}
        empty={empty}
        maxHeightPx={180}
      />
      {w.problemIn(`connection.${type === 'changer' ? 'changer' : 'drives'}`) === undefined ? null : (
        <Note intent="error">{w.problemIn(`connection.${type === 'changer' ? 'changer' : 'drives'}`) ?? ''}</Note>
      )}
    </Group>
  );
  return (
    <>
      <div aria-live="polite">
        {found.asking ? <Working label={draft.kind === 'iscsi' ? t.asking : t.scanning} /> : null}
        {found.failure === null ? null : <Note intent="error">{found.failure}</Note>}
        {(found.value?.notes ?? []).map((note) => (
          <Note key={note} intent="warning">
            {note}
          </Note>
        ))}
      </div>
      {table('changer', t.changer, t.noChanger, 'one')}
      {table('drive', t.drives, t.noDrives, 'several')}
      <Quiet>{t.order}</Quiet>
      <Row>
        <ActionButton label={t.again} onPress={found.again} />
      </Row>
    </>
  );
};

const TestResult = ({ test }: { test: Answer<LibraryTest> }): ReactElement => {
  const t = texts.test;
  const seen = test.value;
  return (
    <Group title={t.title}>
      <div aria-live="polite">
        {test.asking ? <Working label={t.running} /> : null}
        {test.failure === null ? null : <Note intent="error">{test.failure}</Note>}
        {seen === null ? null : (
          <Text>
            {t.found(
              `${seen.vendor} ${seen.product}`,
              counted(seen.slotCount, say('slot')),
              counted(seen.importExportCount, say('mail slot')),
              counted(seen.driveCount, say('drive')),
              counted(seen.cartridgeCount, say('tape')),
            )}
          </Text>
        )}
      </div>
      {seen === null ? null : (
        <ListTable
          label={t.title}
          columns={[
            { id: 'name', label: t.drive, width: '90px', renderCell: (row: LibraryTest['drives'][number]) => row.name },
            { id: 'device', label: texts.devices.device, renderCell: (row) => row.device },
            { id: 'serial', label: texts.devices.serial, width: '130px', renderCell: (row) => row.serial },
            { id: 'state', label: t.state, width: '180px', renderCell: (row) => row.problem ?? t.good },
          ]}
          rows={seen.drives}
          rowId={(row) => row.device}
          rowName={(row) => row.name}
          empty={t.none}
          maxHeightPx={160}
        />
      )}
      {(seen?.notes ?? []).map((note) => (
        <Note key={note} intent="warning">
          {note}
        </Note>
      ))}
      <Row>
        <ActionButton label={t.again} onPress={test.again} />
      </Row>
    </Group>
  );
};

const SummaryPage = ({ w, test }: { w: Handle; test: Answer<LibraryTest> }): ReactElement => {
  const t = texts.summary;
  const { draft } = w;
  const signIn =
    draft.chapUser === ''
      ? t.noSignIn
      : draft.mutualChapUser === ''
        ? t.chap(draft.chapUser)
        : t.mutual(draft.chapUser, draft.mutualChapUser);
  const portal = [
    { term: t.portal, value: draft.portal, stepId: 'portal' },
    { term: t.signIn, value: signIn, stepId: 'portal' },
  ];
  return (
    <>
      <TestResult test={test} />
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.name, value: draft.name, stepId: 'name' },
            ...(draft.kind === 'iscsi' ? portal : []),
            { term: t.changer, value: draft.changer, stepId: 'devices' },
            { term: t.drives, value: draft.drives.join(', '), stepId: 'devices' },
          ]}
        />
      </Group>
      {w.editing ? null : <CommandLine label={t.command} command={libraryCommand(draft)} />}
    </>
  );
};

const Pages = ({ w, facts, libraryId }: { w: Handle; facts: Facts; libraryId: string | undefined }): ReactElement => {
  const { draft, step } = w;
  const [opening] = useState(() => Math.random().toString(36).slice(2));
  const access = fingerprint([draft.kind, accessOf(draft), secretsOf(draft)]);
  const connection = fingerprint([connectionOf(draft), secretsOf(draft)]);
  const found = useAnswer<Found>(
    step === 'devices' ? `wizard devices ${opening} ${access}` : null,
    [],
    async (engine, signal) => {
      if (draft.kind === 'local') return { ...(await engine.tape.scanLocal({}, { signal })), notes: [] };
      const input = { access: accessOf(draft), secrets: secretsOf(draft), libraryId };
      const { devices, targets, initiatorName } = await engine.tape.discoverIscsi(input, { signal });
      const refused = targets.flatMap(({ name, problem }) => (problem ? [texts.devices.refused(name, problem)] : []));
      const nothing = devices.some(({ type }) => type === 'changer') ? [] : [texts.devices.accessList(initiatorName)];
      return { devices, notes: [...refused, ...nothing] };
    },
  );
  const test = useAnswer(step === 'summary' ? `wizard test ${opening} ${connection}` : null, [], (engine, signal) =>
    engine.tape.test({ connection: connectionOf(draft), secrets: secretsOf(draft), libraryId }, { signal }),
  );
  switch (step) {
    case 'name':
      return <NamePage w={w} />;
    case 'portal':
      return <PortalPage w={w} stored={facts.stored} />;
    case 'devices':
      return <DevicesPage w={w} found={found} libraryName={libraryId === undefined ? '' : facts.initial.name} />;
    default:
      return <SummaryPage w={w} test={test} />;
  }
};

const Body = ({ facts, props, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const { libraryId } = props;
  const [taken] = useState(() => takenNamesOf(facts.libraries, libraryId));
  const submit = async (draft: LibraryDraft): Promise<WizardResult> => {
    const [name, connection, secrets] = [draft.name, connectionOf(draft), secretsOf(draft)];
    if (libraryId === undefined) return await engine.tape.attach({ settings: { name, connection, secrets } });
    await engine.tape.update({ id: libraryId, version: facts.version, name, connection, secrets });
    return { id: libraryId };
  };
  return (
    <Wizard
      title={libraryId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{ steps: librarySteps, problems: (draft) => libraryProblems(draft, taken, facts.stored) }}
      initial={facts.initial}
      editing={libraryId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
    >
      {(w) => <Pages w={w} facts={facts} libraryId={libraryId} />}
    </Wizard>
  );
};

/** Attaches a tape library over iSCSI or at this machine; with a library's id, changes that one. */
const AttachLibrary = (props: Props): ReactElement => {
  const { libraryId } = props.props;
  return (
    <Opening
      title={texts.title}
      question={`wizard library ${libraryId ?? ''}`}
      ask={(engine, signal) => askFacts(engine, libraryId, signal)}
      onClose={props.onClose}
    >
      {(facts) => <Body {...props} facts={facts} />}
    </Opening>
  );
};
export default AttachLibrary;
