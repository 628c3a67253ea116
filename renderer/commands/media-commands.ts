import { formatCount } from '../../shared/domain/format.ts';
import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows, Overview } from '../state/entities.ts';
import { note, noteProblem } from '../state/notes.ts';
import { openSession } from '../state/session-windows.ts';
import { openWizard } from '../state/wizards.ts';
import { act, named, start } from './acting.ts';
import { commandLine } from './command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';

type Medium = EntityRows['medium'];

/** What a tape is called and confirmed by: its barcode, or its name where it has none. */
const barcodeOf = (medium: Medium): string => (medium.barcode === '' ? medium.name : medium.barcode);
const ids = (rows: readonly Medium[]): string[] => rows.map((medium) => medium.id);
const words = (rows: readonly Medium[]): string => named(rows, barcodeOf, 'tape');
const isOnline = (medium: Medium): true | string =>
  medium.online ? true : `${medium.barcode} is offline: bring it in first.`;
const notProtected = (medium: Medium): true | string =>
  medium.protectedByAdmin || medium.writeProtected ? `${medium.barcode} is protected.` : true;
const notInUse = (medium: Medium): true | string => (medium.state === 'in-use' ? `${medium.barcode} is in use.` : true);

function oneLibrary(rows: readonly Medium[]): true | string {
  const answer = every(rows, isOnline);
  if (answer !== true) return answer;
  return new Set(rows.map((medium) => medium.libraryId)).size === 1 ? true : 'The tapes are in different libraries.';
}

function inLibrary(
  rows: readonly Medium[],
  call: (input: { id: string; mediaIds: string[] }) => Promise<{ sessionId: string }>,
  failed: string,
): void {
  const libraryId = rows[0]?.libraryId ?? null;
  if (libraryId !== null) start(call({ id: libraryId, mediaIds: ids(rows) }), failed);
}

/** What has to be typed before tapes are erased or forgotten: the barcode, or a word when there are several. */
function confirmation(rows: readonly Medium[], several: string): string {
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? barcodeOf(only) : several;
}

function moveToPool(rows: readonly Medium[], overview: Overview | null): void {
  const targets = (overview?.pools ?? []).filter((pool) => pool.kind === 'custom' || pool.kind === 'free');
  const written = rows.filter((medium) => medium.pointCount > 0);
  openDialog({
    title: `Move ${words(rows)} to a media pool`,
    intro:
      written.length === 0
        ? 'The pool’s jobs may write on them from then on.'
        : `${formatCount(written.length, 'of these tapes holds', 'of these tapes hold')} restore points: ${written
            .slice(0, 5)
            .map(barcodeOf)
            .join(', ')}. The engine refuses what is still protected.`,
    fields: [
      {
        kind: 'choice',
        name: 'poolId',
        label: 'Media pool',
        options: targets.map((pool) => ({ value: pool.id, label: pool.name })),
      },
    ],
    submitLabel: 'Move',
    submit: async ({ poolId = '' }) => {
      await client.media.moveToPool({ mediaIds: ids(rows), poolId });
      note('success', `Moved ${words(rows)}.`);
    },
  });
}

function erase(rows: readonly Medium[]): void {
  const points = rows.reduce((sum, medium) => sum + medium.pointCount, 0);
  const expect = confirmation(rows, 'ERASE');
  openDialog({
    title: `Erase ${words(rows)}?`,
    intro: `Everything on ${rows.length === 1 ? 'this tape' : 'these tapes'} is lost for good: ${formatCount(points, 'restore point')}. ${rows
      .slice(0, 8)
      .map((medium) => `${barcodeOf(medium)} (${medium.poolName}, ${medium.pointCount})`)
      .join(', ')}${rows.length > 8 ? ' …' : ''}`,
    fields: [{ kind: 'check', name: 'long', label: 'Overwrite the whole tape (takes hours)' }],
    typed: { expect, label: `Type ${expect} to confirm` },
    line: commandLine('media', 'erase', ...rows.map(barcodeOf), '--confirm', expect),
    danger: true,
    submitLabel: 'Erase',
    submit: async ({ long = '' }, typed) => {
      const { sessionId } = await client.media.erase({ mediaIds: ids(rows), confirm: typed, long: long === 'true' });
      openSession(sessionId);
    },
  });
}

function forget(rows: readonly Medium[]): void {
  const expect = confirmation(rows, 'FORGET');
  openDialog({
    title: `Remove ${words(rows)} from the database?`,
    intro:
      'The tapes themselves are not touched, but the console no longer knows them or what is on them, until they are brought in and catalogued again.',
    fields: [],
    typed: { expect, label: `Type ${expect} to confirm` },
    line: commandLine('media', 'forget', ...rows.map(barcodeOf), '--confirm', expect),
    danger: true,
    submitLabel: 'Remove',
    submit: async (_values, typed) => {
      await client.media.forget({ mediaIds: ids(rows), confirm: typed });
    },
  });
}

async function restoreContent(medium: Medium): Promise<void> {
  try {
    const { points } = await client.media.get({ id: medium.id });
    openWizard('restore-from-tape', { pointIds: [...new Set(points.map((point) => point.pointId))] });
  } catch (error) {
    noteProblem(`The catalogue of ${medium.barcode} cannot be read`, error);
  }
}

/** What can be done to tapes. */
export const mediaCommands: readonly Command[] = [
  rowCommand('medium', {
    id: 'medium.inventory',
    group: 'Read',
    label: 'Inventory',
    icon: 'barcode',
    enabled: oneLibrary,
    run: (rows) => inLibrary(rows, (input) => client.tape.inventory(input), 'No inventory'),
  }),
  rowCommand('medium', {
    id: 'medium.catalog',
    group: 'Read',
    label: 'Catalogue',
    icon: 'catalog',
    enabled: oneLibrary,
    run: (rows) => inLibrary(rows, (input) => client.tape.catalog(input), 'No catalogue'),
  }),
  rowCommand('medium', {
    id: 'medium.restore',
    group: 'Restore',
    label: 'Restore Content',
    icon: 'restore',
    one: true,
    enabled: ([medium]) =>
      medium !== undefined && medium.pointCount === 0 ? 'No restore point of it is known.' : true,
    run: ([medium]) => {
      if (medium !== undefined) void restoreContent(medium);
    },
  }),
  rowCommand('medium', {
    id: 'medium.move',
    group: 'Manage Media',
    label: 'Move to Pool',
    icon: 'pool',
    enabled: (rows) => every(rows, notProtected),
    run: (rows, context) => moveToPool(rows, context.overview),
  }),
  rowCommand('medium', {
    id: 'medium.export',
    group: 'Manage Media',
    label: 'Export',
    icon: 'export',
    enabled: (rows) => every(rows, isOnline),
    line: (rows) => commandLine('media', 'export', ...rows.map(barcodeOf)),
    run: (rows) => start(client.media.export({ mediaIds: ids(rows) }), 'Not exported'),
  }),
  rowCommand('medium', {
    id: 'medium.erase',
    group: 'Erase',
    label: 'Erase',
    icon: 'erase',
    enabled: (rows) =>
      rows.length > 100
        ? 'At most 100 tapes at once.'
        : every(rows, (medium) => {
            const there = isOnline(medium);
            if (there !== true) return there;
            const open = notProtected(medium);
            return open === true ? notInUse(medium) : open;
          }),
    line: (rows) => commandLine('media', 'erase', ...rows.map(barcodeOf), '--confirm', confirmation(rows, 'ERASE')),
    run: erase,
  }),
  rowCommand('medium', {
    id: 'medium.forget',
    group: 'Erase',
    label: 'Remove from Database',
    icon: 'delete',
    keys: 'Delete',
    enabled: (rows) =>
      every(rows, (medium) =>
        medium.online ? `${medium.barcode} is in a library: only offline tapes are removed.` : notProtected(medium),
      ),
    line: (rows) => commandLine('media', 'forget', ...rows.map(barcodeOf), '--confirm', confirmation(rows, 'FORGET')),
    run: forget,
  }),
  rowCommand('medium', {
    id: 'medium.protect',
    group: 'Protect',
    label: (rows) => (rows.every((medium) => medium.protectedByAdmin) ? 'Unprotect' : 'Protect'),
    icon: 'protect',
    line: (rows) =>
      commandLine(
        'media',
        'protect',
        ...rows.map(barcodeOf),
        ...(rows.every((row) => row.protectedByAdmin) ? ['--off'] : []),
      ),
    run: (rows) => {
      const wanted = !rows.every((medium) => medium.protectedByAdmin);
      act(
        client.media.setProtected({ mediaIds: ids(rows), protected: wanted }),
        `${wanted ? 'Protected' : 'No longer protected'}: ${words(rows)}.`,
        'Not changed',
      );
    },
  }),
  rowCommand('medium', {
    id: 'medium.name',
    group: 'Protect',
    label: 'Set Name',
    icon: 'rename',
    keys: 'F2',
    one: true,
    run: ([medium]) => {
      if (medium === undefined) return;
      openDialog({
        title: `Name of ${medium.barcode}`,
        intro: 'The barcode stays; the name is what the console shows beside it.',
        fields: [{ kind: 'text', name: 'name', label: 'Name', initial: medium.name }],
        submitLabel: 'Set name',
        submit: async ({ name = '' }) => {
          await client.media.setName({ id: medium.id, name });
        },
      });
    },
  }),
  rowCommand('pool', {
    id: 'pool.edit',
    group: 'Manage Pool',
    label: 'Edit',
    icon: 'edit',
    one: true,
    enabled: ([pool]) => (pool?.kind === 'custom' ? true : 'The service pools have no settings.'),
    run: ([pool]) => {
      if (pool !== undefined) openWizard('new-media-pool', { poolId: pool.id });
    },
  }),
  rowCommand('pool', {
    id: 'pool.to-tape',
    group: 'Protect',
    label: 'New Tape Job',
    icon: 'tape',
    one: true,
    enabled: ([pool]) => (pool?.kind === 'custom' ? true : 'Jobs write to your own pools only.'),
    run: ([pool]) => {
      if (pool !== undefined) openWizard('new-backup-to-tape-job', { poolId: pool.id });
    },
  }),
  rowCommand('pool', {
    id: 'pool.remove',
    group: 'Manage Pool',
    label: 'Remove',
    icon: 'delete',
    keys: 'Delete',
    one: true,
    enabled: ([pool]) =>
      pool?.kind !== 'custom'
        ? 'The service pools stay.'
        : pool.mediaCount > 0
          ? `It still has ${formatCount(pool.mediaCount, 'tape')}: move them first.`
          : true,
    line: (rows) => onlyOne(rows, (row) => commandLine('pool', 'remove', row.name)),
    run: ([pool]) => {
      if (pool === undefined) return;
      openDialog({
        title: `Remove the media pool “${pool.name}”?`,
        intro: 'It is empty; no tape is touched.',
        fields: [],
        line: commandLine('pool', 'remove', pool.name),
        submitLabel: 'Remove',
        submit: async () => {
          await client.pools.remove({ id: pool.id });
        },
      });
    },
  }),
];
