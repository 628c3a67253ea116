import { type ReactElement, useCallback, useState } from 'react';
import type { z } from 'zod';
import type { machineRow, PointRow } from '../../../shared/contract/backups.ts';
import { restoreFromTape } from '../../../shared/domain/platforms.ts';
import { ActionButton, Note, ProblemLine, Row, Text } from '../../ui/wizard/layout.tsx';
import { FormDialog } from '../../ui/wizard/form-dialog.tsx';
import { ObjectPicker } from '../../ui/wizard/object-picker.tsx';
import { useEngine } from '../engine.ts';
import { messageOf } from '../problems.ts';
import type { WizardHandle } from '../wizard.tsx';
import { moment, size } from '../words.ts';
import { type DiskRestoreDraft, diskPointOf, pointRefusal, withPoint } from './draft.ts';
import { texts } from './texts.ts';

const t = texts.point;

type MachineRow = z.infer<typeof machineRow>;

interface Request {
  offset: number;
  limit: number;
  search: string | undefined;
  signal: AbortSignal;
}

const asWords = async <T,>(ask: Promise<T>): Promise<T> => {
  try {
    return await ask;
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
};

const MachineDialog = (props: {
  onChoose: (machine: { id: string; name: string; platform: string }) => void;
  onClose: () => void;
}): ReactElement => {
  const engine = useEngine();
  const [chosen, setChosen] = useState<MachineRow | null>(null);
  const load = useCallback(
    ({ signal, ...request }: Request) =>
      asWords(engine.backups.machines({ ...request, sort: { by: 'name', direction: 'asc' } }, { signal })),
    [engine],
  );
  return (
    <FormDialog
      title={t.pickTitle}
      accept={t.pick}
      acceptDisabled={chosen === null}
      onAccept={() => {
        if (chosen !== null) props.onChoose(chosen);
      }}
      onClose={props.onClose}
    >
      <ObjectPicker
        label={t.machines}
        searchLabel={t.search}
        columns={[
          { id: 'name', label: t.machine, renderCell: (row: MachineRow) => row.name },
          { id: 'disk', label: t.onDisk, align: 'end', renderCell: (row) => row.primaryPoints + row.copyPoints },
          { id: 'tape', label: t.onTape, align: 'end', renderCell: (row) => row.tapePoints },
        ]}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        select="one"
        selected={chosen === null ? [] : [chosen.id]}
        onSelect={(_ids, row) => setChosen(row)}
        empty={t.noMachines}
        load={load}
      />
    </FormDialog>
  );
};

const place = (row: PointRow): string => (row.origin === 'tape' ? t.tape(row.locationName) : row.locationName);

const stateText = (row: PointRow): string => [t.states[row.state], ...(row.encrypted ? [t.encrypted] : [])].join(', ');

/** The machine, and below it its restore points: those on tape are shown with the way to bring them back. */
export const PointPage = ({
  w,
  onFromTape,
}: {
  w: WizardHandle<DiskRestoreDraft>;
  onFromTape: (machineId: string) => void;
}): ReactElement => {
  const engine = useEngine();
  const [picking, setPicking] = useState(false);
  const [onTape, setOnTape] = useState<string | null>(null);
  const { machine, point } = w.draft;
  const machineId = machine?.id ?? null;
  const load = useCallback(
    async ({ signal, ...request }: Request) => {
      if (machineId === null) return { rows: [], total: 0 };
      const page = await asWords(
        engine.backups.points({ ...request, machineId, sort: { by: 'createdAt', direction: 'desc' } }, { signal }),
      );
      const tape = page.rows.find((row) => row.origin === 'tape');
      setOnTape(tape === undefined ? null : restoreFromTape(tape.platform).reason);
      return page;
    },
    [engine, machineId],
  );
  return (
    <div data-field="pointId" style={{ display: 'contents' }}>
      <Row>
        <Text>{machine === null ? t.none : <strong>{machine.name}</strong>}</Text>
        <ActionButton label={t.change} onPress={() => setPicking(true)} />
      </Row>
      {machineId === null ? null : (
        <ObjectPicker<PointRow>
          key={machineId}
          label={t.points}
          searchLabel={t.searchPoints}
          columns={[
            { id: 'createdAt', label: t.created, renderCell: (row) => moment(row.createdAt) },
            { id: 'kind', label: t.kind, renderCell: (row) => (row.kind === 'full' ? t.full : t.increment) },
            { id: 'place', label: t.place, renderCell: place },
            { id: 'state', label: t.state, renderCell: stateText },
            { id: 'size', label: t.size, align: 'end', renderCell: (row) => size(row.sizeBytes) },
          ]}
          rowId={(row) => row.id}
          rowName={(row) => `${moment(row.createdAt)}, ${place(row)}`}
          select="one"
          selected={point === null ? [] : [point.id]}
          onSelect={(_ids, row) => w.update(withPoint(diskPointOf(row)))}
          refused={pointRefusal}
          empty={t.noPoints}
          load={load}
          maxHeightPx={240}
        />
      )}
      <ProblemLine name="pointId" problem={w.problemIn('pointId')} />
      {onTape === null || machineId === null ? null : (
        <Note intent="info">
          {onTape} <ActionButton label={t.fromTape} onPress={() => onFromTape(machineId)} />
        </Note>
      )}
      {picking ? (
        <MachineDialog
          onChoose={({ id, name }) => {
            if (id !== machineId) w.update({ machine: { id, name }, point: null, diskIds: [] });
            setPicking(false);
          }}
          onClose={() => setPicking(false)}
        />
      ) : null}
    </div>
  );
};
