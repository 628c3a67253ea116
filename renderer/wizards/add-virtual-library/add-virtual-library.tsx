import { type ReactElement, useState } from 'react';
import type { LibraryRow } from '../../../shared/contract/tape.ts';
import { parseBytes } from '../../../shared/domain/format.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { NumberField, TextField } from '../../ui/wizard/fields.tsx';
import { Group, Lines, Note, Quiet, Row, Text, Working } from '../../ui/wizard/layout.tsx';
import { PathField } from '../../ui/wizard/path-field.tsx';
import { wholeNumber } from '../../ui/wizard/schedule-draft.ts';
import { SizeField } from '../../ui/wizard/size-field.tsx';
import { SummaryList } from '../../ui/wizard/summary-list.tsx';
import { isAbsolutePath } from '../absolute-path.ts';
import type { FolderFacts } from '../add-repository/draft.ts';
import { useBrowse } from '../browse.ts';
import { type Answer, type Engine, useAnswer, useEngine, useSettled } from '../engine.ts';
import { freeName, takenNamesOf } from '../job-pages/free-name.ts';
import { texts as jobTexts } from '../job-pages/texts.ts';
import { Opening } from '../opening.tsx';
import { Wizard, type WizardHandle } from '../wizard.tsx';
import type { WizardComponentProps } from '../wizard-result.ts';
import { counted, size } from '../words.ts';
import {
  barcodeRange,
  type LibraryDraft,
  libraryCommand,
  libraryProblems,
  librarySettingsOf,
  librarySteps,
  newLibraryDraft,
} from './draft.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

type Props = WizardComponentProps<'add-virtual-library'>;
type Handle = WizardHandle<LibraryDraft>;

interface Facts {
  libraries: readonly LibraryRow[];
  initial: LibraryDraft;
}

const askFacts = async (engine: Engine, signal: AbortSignal): Promise<Facts> => {
  const { rows } = await engine.tape.libraries({ limit: 1000 }, { signal });
  return { libraries: rows, initial: newLibraryDraft(freeName(texts.namePrefix, takenNamesOf(rows, undefined))) };
};

const NamePage = ({ w, folder }: { w: Handle; folder: Answer<FolderFacts> }): ReactElement => {
  const browse = useBrowse();
  const t = texts.folder;
  const seen = folder.value;
  const free = seen?.freeBytes == null ? [] : [t.space(size(seen.freeBytes))];
  return (
    <>
      <TextField
        {...w.bind('name')}
        label={jobTexts.name}
        required
        value={w.draft.name}
        onChange={(name) => w.update({ name })}
      />
      <PathField
        {...w.bind('path')}
        label={t.label}
        hint={t.hint}
        required
        only="folders"
        browse={browse}
        browseLabel={t.browse}
        browseTitle={t.browseTitle}
        placeholder="/srv/library"
        value={w.draft.path}
        onChange={(path) => w.update({ path })}
      />
      <div aria-live="polite">
        {folder.asking && seen === null ? <Working label={t.looking} /> : null}
        {seen === null ? null : seen.problem === null ? (
          <Note intent="info">{[seen.exists ? t.there : t.new, ...free].join(' ')}</Note>
        ) : (
          <Note intent="warning">{seen.problem}</Note>
        )}
      </div>
    </>
  );
};

const DrivesPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.drives;
  const { draft } = w;
  return (
    <>
      <NumberField
        {...w.bind('drives')}
        label={t.drives}
        value={draft.drives}
        onChange={(drives) => w.update({ drives })}
      />
      <NumberField {...w.bind('slots')} label={t.slots} value={draft.slots} onChange={(slots) => w.update({ slots })} />
      <NumberField
        {...w.bind('importExportSlots')}
        label={t.mail}
        value={draft.importExportSlots}
        onChange={(importExportSlots) => w.update({ importExportSlots })}
      />
      <Quiet>{t.mailHint}</Quiet>
    </>
  );
};

const CartridgesPage = ({ w, freeBytes }: { w: Handle; freeBytes: number | null }): ReactElement => {
  const t = texts.cartridges;
  const { draft } = w;
  const count = wholeNumber(draft.cartridges);
  const each = parseBytes(draft.capacity);
  const total = each === null || Number.isNaN(count) ? null : count * each;
  return (
    <>
      <Row>
        <NumberField
          {...w.bind('cartridges')}
          label={t.count}
          value={draft.cartridges}
          onChange={(cartridges) => w.update({ cartridges })}
        />
        <SizeField
          {...w.bind('cartridgeCapacityBytes')}
          label={t.capacity}
          hint={t.capacityHint}
          value={draft.capacity}
          onChange={(capacity) => w.update({ capacity })}
        />
        <TextField
          {...w.bind('barcodePrefix')}
          width="short"
          label={t.prefix}
          hint={t.prefixHint}
          value={draft.barcodePrefix}
          onChange={(barcodePrefix) => w.update({ barcodePrefix })}
        />
      </Row>
      <Group title={t.barcodes}>
        <Text>{count >= 1 ? barcodeRange(draft.barcodePrefix, count) : t.none}</Text>
      </Group>
      {total === null || total === 0 ? null : <Quiet>{t.total(size(total))}</Quiet>}
      {total !== null && freeBytes !== null && total > freeBytes ? (
        <Note intent="warning">{t.tooBig(size(total), size(freeBytes))}</Note>
      ) : null}
    </>
  );
};

const SummaryPage = ({ w }: { w: Handle }): ReactElement => {
  const t = texts.summary;
  const settings = librarySettingsOf(w.draft);
  const barcodes = barcodeRange(settings.barcodePrefix, settings.cartridges);
  return (
    <>
      <Group title={t.happens}>
        <Lines
          lines={[
            t.make(settings.path),
            settings.cartridges === 0 ? t.empty : t.tapes(counted(settings.cartridges, say('blank tape')), barcodes),
            t.inventory,
          ]}
        />
      </Group>
      <Group title={t.choices}>
        <SummaryList
          onChange={w.goTo}
          items={[
            { term: t.name, value: settings.name, stepId: 'name' },
            { term: t.folder, value: settings.path, stepId: 'name' },
            { term: t.drives, value: settings.drives, stepId: 'drives' },
            {
              term: t.slots,
              value: t.slotsText(
                counted(settings.slots, say('slot')),
                counted(settings.importExportSlots, say('mail slot')),
              ),
              stepId: 'drives',
            },
            {
              term: t.cartridges,
              value: t.cartridgesText(String(settings.cartridges), size(settings.cartridgeCapacityBytes)),
              stepId: 'cartridges',
            },
            { term: t.barcodes, value: barcodes, stepId: 'cartridges' },
          ]}
        />
      </Group>
      <CommandLine label={t.command} command={libraryCommand(w.draft)} />
    </>
  );
};

const Body = ({ facts, onDone, onClose }: Props & { facts: Facts }): ReactElement => {
  const engine = useEngine();
  const [taken] = useState(() => takenNamesOf(facts.libraries, undefined));
  const [draft, setDraft] = useState(facts.initial);
  const wanted = useSettled(draft.path.trim());
  const folder = useAnswer(isAbsolutePath(wanted) ? `wizard folder ${wanted}` : null, [], (engine, signal) =>
    engine.repositories.inspect({ place: { kind: 'directory', path: wanted } }, { signal }),
  );
  return (
    <Wizard
      title={texts.title}
      rules={{ steps: () => librarySteps, problems: (one) => libraryProblems(one, taken) }}
      initial={facts.initial}
      submit={(finished) => engine.tape.addVirtual({ settings: librarySettingsOf(finished) })}
      onDone={onDone}
      onClose={onClose}
      onDraft={setDraft}
    >
      {(w) => {
        switch (w.step) {
          case 'name':
            return <NamePage w={w} folder={folder} />;
          case 'drives':
            return <DrivesPage w={w} />;
          case 'cartridges':
            return <CartridgesPage w={w} freeBytes={folder.value?.freeBytes ?? null} />;
          default:
            return <SummaryPage w={w} />;
        }
      }}
    </Wizard>
  );
};

/** Makes a virtual tape library, or attaches one that a folder holds. */
const AddVirtualLibrary = (props: Props): ReactElement => (
  <Opening title={texts.title} question={say('wizard virtual library')} ask={askFacts} onClose={props.onClose}>
    {(facts) => <Body {...props} facts={facts} />}
  </Opening>
);
export default AddVirtualLibrary;
