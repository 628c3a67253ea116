import { type VirtualLibrarySettings, virtualLibrarySettings } from '../../../shared/contract/tape.ts';
import { parseBytes } from '../../../shared/domain/format.ts';
import { wholeNumber } from '../../ui/wizard/schedule-draft.ts';
import { isAbsolutePath } from '../absolute-path.ts';
import { commandWithOptions } from '../../../shared/domain/command-line.ts';
import { type Problem, schemaProblems } from '../problems.ts';
import type { StepRule } from '../wizard-state.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

export interface LibraryDraft {
  name: string;
  path: string;
  drives: string;
  slots: string;
  importExportSlots: string;
  cartridges: string;
  capacity: string;
  barcodePrefix: string;
}

export const librarySteps: readonly StepRule[] = [
  { id: 'name', title: texts.steps.name, intro: texts.intros.name, fields: ['name', 'path'] },
  {
    id: 'drives',
    title: texts.steps.drives,
    intro: texts.intros.drives,
    fields: ['drives', 'slots', 'importExportSlots'],
  },
  {
    id: 'cartridges',
    title: texts.steps.cartridges,
    intro: texts.intros.cartridges,
    fields: ['cartridges', 'cartridgeCapacityBytes', 'barcodePrefix'],
  },
  { id: 'summary', title: texts.steps.summary, fields: [] },
];

export const newLibraryDraft = (name: string): LibraryDraft => ({
  name,
  path: '',
  drives: '2',
  slots: '12',
  importExportSlots: '2',
  cartridges: '10',
  capacity: '8 GiB',
  barcodePrefix: 'RV',
});

export const librarySettingsOf = (draft: LibraryDraft): VirtualLibrarySettings => ({
  name: draft.name,
  path: draft.path.trim(),
  drives: wholeNumber(draft.drives),
  slots: wholeNumber(draft.slots),
  importExportSlots: wholeNumber(draft.importExportSlots),
  cartridges: wholeNumber(draft.cartridges),
  cartridgeCapacityBytes: parseBytes(draft.capacity) ?? Number.NaN,
  barcodePrefix: draft.barcodePrefix.trim().toUpperCase(),
});

export const libraryProblems = (draft: LibraryDraft, takenNames: ReadonlySet<string>): Problem[] => {
  const t = texts.problems;
  const settings = librarySettingsOf(draft);
  const problems = schemaProblems(virtualLibrarySettings, settings).map((problem) =>
    problem.field === 'cartridgeCapacityBytes' && Number.isNaN(settings.cartridgeCapacityBytes)
      ? { ...problem, message: t.size }
      : problem,
  );
  if (takenNames.has(draft.name.trim().toLowerCase())) problems.push({ field: 'name', message: t.taken });
  if (settings.path !== '' && !isAbsolutePath(settings.path)) problems.push({ field: 'path', message: t.absolute });
  if (settings.cartridges > settings.slots) {
    problems.push({ field: 'cartridges', message: t.tooMany(settings.slots) });
  }
  return problems;
};

/** `RV0001L8 to RV0010L8`: six characters and the LTO-8 suffix, as the engine labels new cartridges. */
export const barcodeRange = (prefix: string, count: number): string => {
  if (!(count >= 1)) return '';
  const letters = prefix.trim().toUpperCase();
  const digits = Math.max(6 - letters.length, String(count).length);
  const barcode = (number: number) => `${letters}${String(number).padStart(digits, '0')}L8`;
  return count === 1 ? barcode(1) : say`${barcode(1)} to ${barcode(count)}`;
};

export const libraryCommand = (draft: LibraryDraft): string => {
  const settings = librarySettingsOf(draft);
  return commandWithOptions(
    'library add-virtual',
    [settings.name, settings.path],
    [
      ['drives', draft.drives],
      ['slots', draft.slots],
      ['mail-slots', draft.importExportSlots],
      ['cartridges', draft.cartridges],
      ['capacity', draft.capacity],
      ['barcode-prefix', settings.barcodePrefix],
    ],
  );
};
