import { type ReactElement, useState } from 'react';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Group, Lines, Note, Row, Text, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { PathField } from '../../ui/wizard/path-field.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { isAbsolutePath } from '../absolute-path.ts';
import { useBrowse } from '../browse.ts';
import { type Answer, type Engine, useAnswer, useEngine, useSettled } from '../engine.ts';
import { freeName, takenNamesOf } from '../job-pages/free-name.ts';
import { AddKeyDialog, type KeyChoice, useKeys } from '../job-pages/key-field.tsx';
import { NameFields } from '../job-pages/name-fields.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps, WizardResult } from '../wizard-result.ts';
import { moment, size } from '../words.ts';
import {
  type FolderFacts,
  folderSentences,
  newRepositoryDraft,
  type RepositoryDraft,
  repositoryCommand,
  repositoryDraftOf,
  repositoryProblems,
  repositorySettingsOf,
  repositorySteps,
} from './draft.ts';
import { texts } from './texts.ts';

type Props = WizardComponentProps<'add-repository'>;
type Handle = WizardHandle<RepositoryDraft>;

interface Facts {
  repositories: readonly RepositoryRow[];
  initial: RepositoryDraft;
  version: number;
}

const askFacts = async (engine: Engine, repositoryId: string | undefined, signal: AbortSignal): Promise<Facts> => {
  const [list, row] = await Promise.all([
    engine.repositories.list({ limit: 1000 }, { signal }),
    repositoryId === undefined ? null : engine.repositories.get({ id: repositoryId }, { signal }),
  ]);
  const taken = takenNamesOf(list.rows, repositoryId);
  const initial =
    row === null
      ? newRepositoryDraft(freeName(texts.namePrefix, taken), jobTexts.createdAt(moment(Date.now())))
      : repositoryDraftOf(row);
  return { repositories: list.rows, initial, version: row?.version ?? 1 };
};

const FolderPage = ({ w, folder }: { w: Handle; folder: Answer<FolderFacts> }): ReactElement => {
  const browse = useBrowse();
  const t = texts.folder;
  if (w.editing) {
    return (
      <>
        <Text>
          <strong>{w.draft.place.path}</strong>
        </Text>
        <Note intent="info">{t.fixed}</Note>
      </>
    );
  }
  const found = folder.value === null || folder.value.problem !== null ? null : folderSentences(folder.value, size);
  return (
    <>
      <PathField
        {...w.bind('place.path')}
        label={t.label}
        hint={t.hint}
        required
        only="folders"
        browse={browse}
        browseLabel={t.browse}
        browseTitle={t.browseTitle}
        placeholder="/backup"
        value={w.draft.place.path}
        onChange={(path) => w.update({ place: { ...w.draft.place, path } })}
      />
      <div aria-live="polite">
        {folder.asking && folder.value === null ? <Working label={t.looking} /> : null}
        {found === null ? null : <Note intent={found.intent}>{found.sentences.join(' ')}</Note>}
      </div>
      {folder.failure === null ? null : <Note intent="error">{folder.failure}</Note>}
    </>
  );
};

const OptionsPage = ({
  w,
  folder,
  keys,
}: {
  w: Handle;
  folder: FolderFacts | null;
  keys: Answer<readonly KeyChoice[]>;
}) => {
  const [adding, setAdding] = useState(false);
  const t = texts.options;
  return (
    <>
      <CheckField
        {...w.bind('place.requireMount')}
        label={t.requireMount}
        hint={t.requireMountHint}
        value={w.draft.place.requireMount}
        onChange={(requireMount) => w.update({ place: { ...w.draft.place, requireMount } })}
      />
      {w.draft.place.requireMount && folder !== null && folder.exists && !folder.isMountPoint ? (
        <Note intent="warning">{t.requireMountNow}</Note>
      ) : null}
      <Group title={t.keys}>
        <ListTable
          label={t.keys}
          columns={[
            { id: 'name', label: t.keyName, renderCell: (key: KeyChoice) => key.name },
            { id: 'hint', label: t.keyHint, renderCell: (key) => key.hint },
          ]}
          rows={keys.value ?? []}
          rowId={(key) => key.id}
          rowName={(key) => key.name}
          select="several"
          selected={w.draft.keyIds}
          onSelect={(keyIds) => w.update({ keyIds })}
          empty={t.noKeys}
          maxHeightPx={200}
        />
        <Row>
          <ActionButton label={t.addKey} onPress={() => setAdding(true)} />
        </Row>
      </Group>
      {adding ? (
        <AddKeyDialog
          onClose={() => setAdding(false)}
          onAdded={(id) => {
            setAdding(false);
            keys.again();
            w.update({ keyIds: [...w.draft.keyIds, id] });
          }}
        />
      ) : null}
    </>
  );
};

const SummaryPage = ({ w, folder, keys }: { w: Handle; folder: FolderFacts | null; keys: readonly KeyChoice[] }) => {
  const t = texts.summary;
  const { draft } = w;
  const happens = w.editing
    ? [t.change(draft.name)]
    : [
        ...(folder !== null && !folder.exists ? [t.make(draft.place.path)] : []),
        t.add(draft.name),
        folder !== null && (!folder.exists || folder.repositoryId === null) ? t.fresh : t.read,
      ];
  const keyNames = keys.filter((key) => draft.keyIds.includes(key.id)).map((key) => key.name);
  return (
    <>
      <Group title={t.happens}>
        <Lines lines={happens} />
      </Group>
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.name, value: draft.name, stepId: 'name' },
            { term: t.folder, value: draft.place.path, ...(w.editing ? {} : { stepId: 'folder' }) },
            { term: t.mount, value: draft.place.requireMount ? t.on : t.off, stepId: 'options' },
            { term: t.keys, value: keyNames.length === 0 ? t.noKeys : keyNames.join(', '), stepId: 'options' },
          ]}
        />
      </Group>
      <CommandLine
        label={w.editing ? jobTexts.summary.commandAnew : jobTexts.summary.command}
        command={repositoryCommand(draft, keyNames)}
      />
    </>
  );
};

const Body = ({ facts, props, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const keys = useKeys();
  const { repositoryId } = props;
  const [taken] = useState(() => takenNamesOf(facts.repositories, repositoryId));
  const [draft, setDraft] = useState(facts.initial);
  const wanted = useSettled(draft.place.path.trim());
  const folder = useAnswer(!isAbsolutePath(wanted) ? null : `inspect ${wanted}`, [], (engine, signal) =>
    engine.repositories.inspect({ place: { kind: 'directory', path: wanted } }, { signal }),
  );
  const submit = async (draft: RepositoryDraft): Promise<WizardResult> => {
    const settings = repositorySettingsOf(draft);
    if (repositoryId === undefined) return await engine.repositories.add({ settings, createFolder: true });
    await engine.repositories.update({ id: repositoryId, version: facts.version, settings });
    return { id: repositoryId };
  };
  // An existing repository may be away while its name is changed: its folder is judged only when it is added.
  const judged = (draft: RepositoryDraft): FolderFacts | null =>
    repositoryId === undefined && draft.place.path.trim() === wanted ? folder.value : null;
  return (
    <Wizard
      title={repositoryId === undefined ? texts.title : texts.titleEdit(facts.initial.name)}
      rules={{
        steps: () => repositorySteps,
        problems: (draft) => repositoryProblems(draft, taken, judged(draft)),
      }}
      initial={facts.initial}
      editing={repositoryId !== undefined}
      submit={submit}
      onDone={onDone}
      onClose={onClose}
      onDraft={setDraft}
    >
      {(w) => {
        switch (w.step) {
          case 'name':
            return <NameFields w={w} />;
          case 'folder':
            return <FolderPage w={w} folder={folder} />;
          case 'options':
            return <OptionsPage w={w} folder={folder.value} keys={keys} />;
          default:
            return <SummaryPage w={w} folder={folder.value} keys={keys.value ?? []} />;
        }
      }}
    </Wizard>
  );
};

/** Adds a folder as a repository; with a repository's id, changes that one. */
const AddRepository = (props: Props): ReactElement => {
  const { repositoryId } = props.props;
  return (
    <Opening
      title={texts.title}
      question={`wizard repository ${repositoryId ?? ''}`}
      ask={(engine, signal) => askFacts(engine, repositoryId, signal)}
      onClose={props.onClose}
    >
      {(facts) => <Body {...props} facts={facts} />}
    </Opening>
  );
};
export default AddRepository;
