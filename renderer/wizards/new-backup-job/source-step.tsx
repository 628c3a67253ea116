import { type ReactElement, useState } from 'react';
import { platformName } from '../../../shared/domain/platforms.ts';
import { ActionButton, ProblemLine, Quiet, Row } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import type { WizardHandle } from '../wizard.tsx';
import { counted, size } from '../words.ts';
import type { BackupSettings } from '../../../shared/domain/jobs/backup.ts';
import { say, catalogue } from '../../say.ts';
import type { JobStep } from '../job-pages/job-step.ts';
import { type MachineDraft, totalSourceBytes } from '../job-pages/machine-draft.ts';
import type { JobDraft } from '../job-pages/settings-draft.ts';
import { MachineDialog } from './machine-dialog.tsx';

const t = catalogue({
  title: 'Source',
  intro: 'The machines to back up, each with the disk images or block devices it consists of.',
  list: 'Machines to back up',
  machines: 'Machines',
  machine: 'Machine',
  platform: 'Platform',
  disks: 'Disks',
  size: 'Size',
  empty: 'No machine yet. Add the first one with its disks.',
  add: 'Add machine…',
  edit: 'Edit…',
  remove: 'Remove',
  total: (size: string) => `Total size of the disks: ${size}`,
} as const);

const sizeOf = (machine: MachineDraft): string => {
  const bytes = totalSourceBytes([machine]);
  return bytes === null ? '' : size(bytes);
};

/** The machines of a job: a list, and a dialog to add or change one. */
const SourcePage = ({ w }: { w: WizardHandle<JobDraft<BackupSettings>> }): ReactElement => {
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

export const sourceStep: JobStep<BackupSettings> = {
  id: 'source',
  title: t.title,
  intro: t.intro,
  fields: ['machines'],
  Page: SourcePage,
  summary: ({ machines }) => [
    {
      term: t.machines,
      value: machines.map((machine) => `${machine.name} (${counted(machine.disks.length, say('disk'))})`).join(', '),
    },
  ],
};
