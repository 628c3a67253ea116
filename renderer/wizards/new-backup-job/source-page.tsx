import { type ReactElement, useState } from 'react';
import { platformName } from '../../../shared/domain/platforms.ts';
import { ActionButton, ProblemLine, Quiet, Row } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import type { WizardHandle } from '../wizard.tsx';
import { size } from '../words.ts';
import { type BackupJobDraft, type MachineDraft, totalSourceBytes } from './draft.ts';
import { MachineDialog } from './machine-dialog.tsx';
import { texts } from './texts.ts';

const t = texts.source;

const sizeOf = (machine: MachineDraft): string => {
  const bytes = totalSourceBytes([machine]);
  return bytes === null ? '' : size(bytes);
};

/** The machines of a job: a list, and a dialog to add or change one. */
export const SourcePage = ({ w }: { w: WizardHandle<BackupJobDraft> }): ReactElement => {
  const { machines } = w.draft;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [open, setOpen] = useState<MachineDraft | 'new' | null>(null);
  const marked = machines.filter((machine) => chosen.includes(machine.key));
  const total = totalSourceBytes(machines);
  const save = (machine: MachineDraft) => {
    const known = machines.some((one) => one.key === machine.key);
    w.update({
      machines: known ? machines.map((one) => (one.key === machine.key ? machine : one)) : [...machines, machine],
    });
    setChosen([machine.key]);
    setOpen(null);
  };
  return (
    <div data-field="machines" style={{ display: 'contents' }}>
      <Row>
        <ActionButton label={t.add} onPress={() => setOpen('new')} />
        <ActionButton label={t.edit} disabled={marked.length !== 1} onPress={() => setOpen(marked[0] ?? null)} />
        <ActionButton
          label={t.remove}
          disabled={marked.length === 0}
          onPress={() => {
            w.update({ machines: machines.filter((machine) => !chosen.includes(machine.key)) });
            setChosen([]);
          }}
        />
      </Row>
      <ListTable
        label={t.list}
        columns={[
          { id: 'name', label: t.machine, renderCell: (machine: MachineDraft) => machine.name },
          { id: 'platform', label: t.platform, renderCell: (machine) => platformName(machine.platform) },
          { id: 'disks', label: t.disks, align: 'end', renderCell: (machine) => machine.disks.length },
          { id: 'size', label: t.size, align: 'end', renderCell: sizeOf },
        ]}
        rows={machines}
        rowId={(machine) => machine.key}
        rowName={(machine) => machine.name}
        select="several"
        selected={chosen}
        onSelect={setChosen}
        empty={t.empty}
        maxHeightPx={320}
      />
      <ProblemLine name="machines" problem={w.problemIn('machines')} />
      {machines.length > 0 && total !== null ? <Quiet>{t.total(size(total))}</Quiet> : null}
      {open === null ? null : (
        <MachineDialog
          machine={open === 'new' ? null : open}
          others={machines.filter((machine) => open === 'new' || machine.key !== open.key)}
          onSave={save}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
};
