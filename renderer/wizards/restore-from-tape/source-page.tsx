import { type ReactElement, useCallback, useState } from 'react';
import type { z } from 'zod';
import type { machineRow, PointRow } from '../../../shared/contract/backups.ts';
import { platformName } from '../../../shared/domain/platforms.ts';
import { ActionButton, Note, ProblemLine, Quiet, Row, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { type Engine, useEngine } from '../engine.ts';
import { PickDialog, type PickRequest } from '../job-pages/pick-dialog.tsx';
import type { Chosen } from '../job-pages/sources-draft.ts';
import { messageOf } from '../problems.ts';
import type { WizardHandle } from '../wizard.tsx';
import { moment, size } from '../words.ts';
import {
  machinesOf,
  type RestoreMachine,
  type TapeRestoreDraft,
  tapePointOf,
  withMachines,
  withPoints,
} from './draft.ts';
import { texts } from './texts.ts';

const t = texts.source;

type MachineRow = z.infer<typeof machineRow>;

const askMachines = (engine: Engine, request: PickRequest, signal: AbortSignal) =>
  engine.backups.machines({ ...request, sort: { by: 'tapePoints', direction: 'desc' } }, { signal });

const machineChosen = (row: MachineRow): Chosen => ({ id: row.id, name: row.name });
const notOnTape = (row: MachineRow): string | null => (row.tapePoints === 0 ? t.notOnTape : null);
const pointChosen = (row: PointRow): Chosen => ({ id: row.id, name: moment(row.createdAt) });

/** The newest restore point of each machine that is on tape. */
export const askNewest = async (
  engine: Engine,
  machineIds: readonly string[],
  signal?: AbortSignal,
): Promise<RestoreMachine[]> => {
  const options = signal === undefined ? {} : { signal };
  const pages = await Promise.all(
    machineIds.map((machineId) =>
      engine.backups.points(
        { origin: 'tape', machineId, limit: 1, sort: { by: 'createdAt', direction: 'desc' } },
        options,
      ),
    ),
  );
  return machinesOf(pages.flatMap((page) => page.rows));
};

const pointWords = (machine: RestoreMachine): string => {
  const newest = moment(machine.points[0]?.createdAt ?? 0);
  return machine.points.length === 1 ? newest : t.several(machine.points.length, newest);
};

const totalOf = (machine: RestoreMachine): string =>
  size(machine.points.reduce((total, point) => total + point.sizeBytes, 0));

const poolsOf = (machine: RestoreMachine): string =>
  [...new Set(machine.points.map((point) => point.poolName))].join(', ');

/** Choose points of one machine: any number of them. */
const PointsDialog = (props: {
  machine: RestoreMachine;
  onChoose: (rows: readonly RestoreMachine['points'][number][]) => void;
  onClose: () => void;
}): ReactElement => {
  const { machine } = props;
  const [seen] = useState(() => new Map(machine.points.map((point) => [point.id, point])));
  const ask = useCallback(
    async (engine: Engine, request: PickRequest, signal: AbortSignal) => {
      const page = await engine.backups.points(
        { ...request, origin: 'tape', machineId: machine.id, sort: { by: 'createdAt', direction: 'desc' } },
        { signal },
      );
      for (const row of page.rows) seen.set(row.id, tapePointOf(row));
      return page;
    },
    [machine.id, seen],
  );
  return (
    <PickDialog<PointRow>
      title={t.pointsTitle(machine.name)}
      accept={t.pickPoints}
      label={t.pointsTitle(machine.name)}
      searchLabel={t.searchPoints}
      empty={t.noPoints}
      columns={[
        { id: 'createdAt', label: t.point, renderCell: (row) => moment(row.createdAt) },
        { id: 'kind', label: t.kind, renderCell: (row) => (row.kind === 'full' ? t.full : t.increment) },
        { id: 'pool', label: t.pool, renderCell: (row) => row.locationName },
        { id: 'tapes', label: t.tapes, renderCell: (row) => row.tapes.map((tape) => tape.barcode).join(', ') },
        { id: 'size', label: t.size, align: 'end', renderCell: (row) => size(row.sizeBytes) },
      ]}
      chosenOf={pointChosen}
      initial={machine.points.map((point) => ({ id: point.id, name: moment(point.createdAt) }))}
      ask={ask}
      onChoose={(chosen) =>
        props.onChoose(
          chosen.flatMap((one) => {
            const point = seen.get(one.id);
            return point === undefined ? [] : [point];
          }),
        )
      }
      onClose={props.onClose}
    />
  );
};

/** Machines and their restore points on tape. */
export const SourcePage = ({ w, gone }: { w: WizardHandle<TapeRestoreDraft>; gone: number }): ReactElement => {
  const engine = useEngine();
  const { machines } = w.draft;
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [open, setOpen] = useState<'machines' | 'points' | null>(null);
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const chosen = machines.filter((machine) => marked.includes(machine.id));
  const single = chosen.length === 1 ? chosen[0] : undefined;

  const add = (picked: readonly Chosen[]) => {
    setOpen(null);
    setWorking(true);
    setFailure(null);
    const kept = machines.filter((machine) => picked.some((one) => one.id === machine.id));
    const fresh = picked.filter((one) => !machines.some((machine) => machine.id === one.id));
    askNewest(
      engine,
      fresh.map((one) => one.id),
    )
      .then(
        (found) => w.update({ machines: withMachines(kept, found) }),
        (error: unknown) => setFailure(messageOf(error)),
      )
      .finally(() => setWorking(false));
  };
  return (
    <div data-field="machines" style={{ display: 'contents' }}>
      <Row>
        <ActionButton label={t.add} onPress={() => setOpen('machines')} />
        <ActionButton label={t.points} disabled={single === undefined} onPress={() => setOpen('points')} />
        <ActionButton
          label={t.remove}
          disabled={chosen.length === 0}
          onPress={() => {
            w.update({ machines: machines.filter((machine) => !marked.includes(machine.id)) });
            setMarked([]);
          }}
        />
        {working ? <Working label={t.working} /> : null}
      </Row>
      {failure === null ? null : <Note intent="error">{failure}</Note>}
      {gone === 0 ? null : <Note intent="warning">{t.gone(gone)}</Note>}
      <ListTable
        label={t.list}
        columns={[
          { id: 'machine', label: t.machine, renderCell: (machine: RestoreMachine) => machine.name },
          { id: 'platform', label: t.platform, renderCell: (machine) => platformName(machine.platform) },
          { id: 'point', label: t.point, renderCell: pointWords },
          { id: 'pool', label: t.pool, renderCell: poolsOf },
          { id: 'size', label: t.size, align: 'end', renderCell: totalOf },
        ]}
        rows={machines}
        rowId={(machine) => machine.id}
        rowName={(machine) => machine.name}
        select="several"
        selected={marked}
        onSelect={setMarked}
        empty={t.empty}
        maxHeightPx={300}
      />
      <ProblemLine name="machines" problem={w.problemIn('machines') ?? w.problemIn('pointIds')} />
      <Quiet>{t.note}</Quiet>
      {open === 'machines' ? (
        <PickDialog<MachineRow>
          title={t.pickTitle}
          accept={t.pick}
          label={t.pickTitle}
          searchLabel={t.search}
          empty={t.none}
          columns={[
            { id: 'name', label: t.machine, renderCell: (row) => row.name },
            { id: 'platform', label: t.platform, renderCell: (row) => platformName(row.platform) },
            { id: 'tape', label: t.onTape, align: 'end', renderCell: (row) => row.tapePoints },
          ]}
          chosenOf={machineChosen}
          refused={notOnTape}
          initial={machines.map(({ id, name }) => ({ id, name }))}
          ask={askMachines}
          onChoose={add}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open === 'points' && single !== undefined ? (
        <PointsDialog
          machine={single}
          onChoose={(points) => {
            w.update({ machines: withPoints(machines, single.id, points) });
            setOpen(null);
          }}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </div>
  );
};
