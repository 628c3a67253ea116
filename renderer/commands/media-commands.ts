import { formatCount } from '../../shared/domain/format.ts';
import { client } from '../state/connection.ts';
import { openDialog } from '../state/dialogs.ts';
import type { EntityRows, Overview } from '../state/entities.ts';
import { note, noteProblem } from '../state/notes.ts';
import { openSession } from '../state/session-windows.ts';
import { openWizard } from '../state/wizards.ts';
import { act, named, start } from './acting.ts';
import { commandLine } from '../../shared/domain/command-line.ts';
import { type Command, every, onlyOne, rowCommand } from './command.ts';
import { say } from '../say.ts';

type Medium = EntityRows['medium'];

/** What a tape is called and confirmed by: its barcode, or its name where it has none. */
const barcodeOf = (medium: Medium): string => (medium.barcode === '' ? medium.name : medium.barcode);
const ids = (rows: readonly Medium[]): string[] => rows.map((medium) => medium.id);
const words = (rows: readonly Medium[]): string => named(rows, barcodeOf, 'tape');
const isOnline = (medium: Medium): true | string =>
  medium.online ? true : say`${medium.barcode} is offline: bring it in first.`;
const notProtected = (medium: Medium): true | string =>
  medium.protectedByAdmin || medium.writeProtected ? say`${medium.barcode} is protected.` : true;
const notInUse = (medium: Medium): true | string =>
  medium.state === 'in-use' ? say`${medium.barcode} is in use.` : true;

function oneLibrary(rows: readonly Medium[]): true | string {
  const answer = every(rows, isOnline);
  if (answer !== true) return answer;
  return new Set(rows.map((medium) => medium.libraryId)).size === 1
    ? true
    : say('The tapes are in different libraries.');
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
    title: say`Move ${words(rows)} to a media pool`,
    intro:
      written.length === 0
        ? say('The pool’s jobs may write on them from then on.')
        : say`${formatCount(written.length, say('of these tapes holds'), say('of these tapes hold'))} restore points: ${written
            .slice(0, 5)
            .map(barcodeOf)
            .join(', ')}. The engine refuses what is still protected.`,
    fields: [
      {
        kind: 'choice',
        name: 'poolId',
        label: say('Media pool'),
        options: targets.map((pool) => ({ value: pool.id, label: pool.name })),
      },
    ],
    submitLabel: say('Move'),
    submit: async ({ poolId = '' }) => {
      await client.media.moveToPool({ mediaIds: ids(rows), poolId });
      note('success', say`Moved ${words(rows)}.`);
    },
  });
}

function erase(rows: readonly Medium[]): void {
  const points = rows.reduce((sum, medium) => sum + medium.pointCount, 0);
  const expect = confirmation(rows, 'ERASE');
  openDialog({
    title: say`Erase ${words(rows)}?`,
    intro: say`Everything on ${rows.length === 1 ? say('this tape') : say('these tapes')} is lost for good: ${formatCount(points, say('restore point'))}. ${rows
      .slice(0, 8)
      .map((medium) => `${barcodeOf(medium)} (${medium.poolName}, ${medium.pointCount})`)
      .join(', ')}${rows.length > 8 ? ' …' : ''}`,
    fields: [{ kind: 'check', name: 'long', label: say('Overwrite the whole tape (takes hours)') }],
    typed: { expect, label: say`Type ${expect} to confirm` },
    line: commandLine('media', 'erase', ...rows.map(barcodeOf), '--confirm', expect),
    danger: true,
    submitLabel: say('Erase'),
    submit: async ({ long = '' }, typed) => {
      const { sessionId } = await client.media.erase({ mediaIds: ids(rows), confirm: typed, long: long === 'true' });
      openSession(sessionId);
    },
  });
}

function forget(rows: readonly Medium[]): void {
  const expect = confirmation(rows, 'FORGET');
  openDialog({
    title: say`Remove ${words(rows)} from the database?`,
    intro: say(
      'The tapes themselves are not touched, but the console no longer knows them or what is on them, until they are brought in and catalogued again.',
    ),
    fields: [],
    typed: { expect, label: say`Type ${expect} to confirm` },
    line: commandLine('media', 'forget', ...rows.map(barcodeOf), '--confirm', expect),
    danger: true,
    submitLabel: say('Remove'),
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
    noteProblem(say`The catalogue of ${medium.barcode} cannot be read`, error);
  }
}

/** What can be done to tapes. */
export const mediaCommands: readonly Command[] = [
  rowCommand('medium', {
    id: 'medium.inventory',
    group: say('Read'),
    label: say('Inventory'),
    icon: 'barcode',
    enabled: oneLibrary,
    run: (rows) => inLibrary(rows, (input) => client.tape.inventory(input), say('No inventory')),
  }),
  rowCommand('medium', {
    id: 'medium.catalog',
    group: say('Read'),
    label: say('Catalogue'),
    icon: 'catalog',
    enabled: oneLibrary,
    run: (rows) => inLibrary(rows, (input) => client.tape.catalog(input), say('No catalogue')),
  }),
  rowCommand('medium', {
    id: 'medium.restore',
    group: say('Restore'),
    label: say('Restore Content'),
    icon: 'restore',
    one: true,
    enabled: ([medium]) =>
      medium !== undefined && medium.pointCount === 0 ? say('No restore point of it is known.') : true,
    run: ([medium]) => {
      if (medium !== undefined) void restoreContent(medium);
    },
  }),
  rowCommand('medium', {
    id: 'medium.move',
    group: say('Manage Media'),
    label: say('Move to Pool'),
    icon: 'pool',
    enabled: (rows) => every(rows, notProtected),
    run: (rows, context) => moveToPool(rows, context.overview),
  }),
  rowCommand('medium', {
    id: 'medium.export',
    group: say('Manage Media'),
    label: say('Export'),
    icon: 'export',
    enabled: (rows) => every(rows, isOnline),
    line: (rows) => commandLine('media', 'export', ...rows.map(barcodeOf)),
    run: (rows) => start(client.media.export({ mediaIds: ids(rows) }), say('Not exported')),
  }),
  rowCommand('medium', {
    id: 'medium.erase',
    group: say('Erase'),
    label: say('Erase'),
    icon: 'erase',
    enabled: (rows) =>
      rows.length > 100
        ? say('At most 100 tapes at once.')
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
    group: say('Erase'),
    label: say('Remove from Database'),
    icon: 'delete',
    keys: 'Delete',
    enabled: (rows) =>
      every(rows, (medium) =>
        medium.online ? say`${medium.barcode} is in a library: only offline tapes are removed.` : notProtected(medium),
      ),
    line: (rows) => commandLine('media', 'forget', ...rows.map(barcodeOf), '--confirm', confirmation(rows, 'FORGET')),
    run: forget,
  }),
  rowCommand('medium', {
    id: 'medium.protect',
    group: say('Protect'),
    label: (rows) => (rows.every((medium) => medium.protectedByAdmin) ? say('Unprotect') : say('Protect')),
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
        `${wanted ? say('Protected') : say('No longer protected')}: ${words(rows)}.`,
        say('Not changed'),
      );
    },
  }),
  rowCommand('medium', {
    id: 'medium.name',
    group: say('Protect'),
    label: say('Set Name'),
    icon: 'rename',
    keys: 'F2',
    one: true,
    run: ([medium]) => {
      if (medium === undefined) return;
      openDialog({
        title: say`Name of ${medium.barcode}`,
        intro: say('The barcode stays; the name is what the console shows beside it.'),
        fields: [{ kind: 'text', name: 'name', label: say('Name'), initial: medium.name }],
        submitLabel: say('Set name'),
        submit: async ({ name = '' }) => {
          await client.media.setName({ id: medium.id, version: medium.version, name });
        },
      });
    },
  }),
  rowCommand('pool', {
    id: 'pool.edit',
    group: say('Manage Pool'),
    label: say('Edit'),
    icon: 'edit',
    one: true,
    enabled: ([pool]) => (pool?.kind === 'custom' ? true : say('The service pools have no settings.')),
    run: ([pool]) => {
      if (pool !== undefined) openWizard('new-media-pool', { poolId: pool.id });
    },
  }),
  rowCommand('pool', {
    id: 'pool.to-tape',
    group: say('Protect'),
    label: say('New Tape Job'),
    icon: 'tape',
    one: true,
    enabled: ([pool]) => (pool?.kind === 'custom' ? true : say('Jobs write to your own pools only.')),
    run: ([pool]) => {
      if (pool !== undefined) openWizard('new-backup-to-tape-job', { poolId: pool.id });
    },
  }),
  rowCommand('pool', {
    id: 'pool.remove',
    group: say('Manage Pool'),
    label: say('Remove'),
    icon: 'delete',
    keys: 'Delete',
    one: true,
    enabled: ([pool]) =>
      pool?.kind !== 'custom'
        ? say('The service pools stay.')
        : pool.mediaCount > 0
          ? say`It still has ${formatCount(pool.mediaCount, say('tape'))}: move them first.`
          : true,
    line: (rows) => onlyOne(rows, (row) => commandLine('pool', 'remove', row.name)),
    run: ([pool]) => {
      if (pool === undefined) return;
      openDialog({
        title: say`Remove the media pool “${pool.name}”?`,
        intro: say('It is empty; no tape is touched.'),
        fields: [],
        line: commandLine('pool', 'remove', pool.name),
        submitLabel: say('Remove'),
        submit: async () => {
          await client.pools.remove({ id: pool.id });
        },
      });
    },
  }),
];
