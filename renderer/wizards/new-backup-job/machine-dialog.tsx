import { type ReactElement, useState } from 'react';
import { sourceMachine } from '../../../shared/domain/jobs/shapes.ts';
import { imagePlatforms } from '../../../shared/domain/platforms.ts';
import type { FieldBinding } from '../../ui/wizard/field-binding.ts';
import { SelectField, TextField } from '../../ui/wizard/fields.tsx';
import { FormDialog } from '../../ui/wizard/form-dialog.tsx';
import { ActionButton, ProblemLine, Row, Stack, Working } from '../../ui/wizard/layout.tsx';
import { ListTable } from '../../ui/wizard/list-table.tsx';
import { PathField } from '../../ui/wizard/path-field.tsx';
import { useBrowse } from '../browse.ts';
import { useEngine } from '../engine.ts';
import { messageOf, type Problem, schemaProblems } from '../problems.ts';
import { size } from '../words.ts';
import { type DiskDraft, type MachineDraft, machineOf } from '../job-pages/machine-draft.ts';
import { catalogue } from '../../say.ts';

const t = catalogue({
  add: 'Add machine',
  edit: 'Edit machine',
  accept: 'Save machine',
  name: 'Machine name',
  platform: 'Platform',
  choosePlatform: 'Choose a platform…',
  disk: 'Disk image or block device',
  diskHint: 'A raw image file or a block device, by its path on the backup server.',
  browse: 'Browse…',
  browseTitle: 'Choose a disk on the backup server',
  addDisk: 'Add disk',
  disks: 'Disks of this machine',
  path: 'Path',
  size: 'Size',
  none: 'No disk yet.',
  removeDisk: 'Remove',
  removeNamed: (path: string) => `Remove ${path}`,
  looking: 'Looking at the disk…',
  pending: 'This disk is not in the list yet: press Add disk, or clear the field.',
  sameName: (name: string) => `Two machines are called “${name}”. Give one of them another name.`,
  sameDisk: 'This disk is in the list already.',
} as const);

const machineProblems = (machine: MachineDraft, others: readonly MachineDraft[]): Problem[] => {
  const problems = schemaProblems(sourceMachine, machineOf(machine));
  const name = machine.name.trim().toLowerCase();
  return name !== '' && others.some((other) => other.name.trim().toLowerCase() === name)
    ? [...problems, { field: 'name', message: t.sameName(machine.name) }]
    : problems;
};

/** One machine: its name, its platform and its disks; every disk is looked at before it is taken. */
export const MachineDialog = (props: {
  /** Null: a new one. */
  machine: MachineDraft | null;
  others: readonly MachineDraft[];
  onSave: (machine: MachineDraft) => void;
  onClose: () => void;
}): ReactElement => {
  const engine = useEngine();
  const browse = useBrowse();
  const [machine, setMachine] = useState<MachineDraft>(
    () =>
      props.machine ?? {
        key: crypto.randomUUID(),
        name: '',
        platform: props.others.at(-1)?.platform ?? 'generic',
        disks: [],
      },
  );
  const [path, setPath] = useState('');
  const [left, setLeft] = useState<readonly string[]>([]);
  const [looking, setLooking] = useState(false);
  const [diskProblem, setDiskProblem] = useState<string | undefined>(undefined);
  const problems = machineProblems(machine, props.others);
  const bind = (name: string): FieldBinding => ({
    name,
    problem: left.includes(name) ? problems.find((problem) => problem.field === name)?.message : undefined,
    onLeave: () => setLeft((now) => [...now, name]),
  });
  const change = (patch: Partial<MachineDraft>) => setMachine((now) => ({ ...now, ...patch }));

  const addDisk = (wanted: string) => {
    const wantedPath = wanted.trim();
    if (wantedPath === '' || looking) return;
    if (machine.disks.some((disk) => disk.path === wantedPath)) {
      setDiskProblem(t.sameDisk);
      return;
    }
    setLooking(true);
    setDiskProblem(undefined);
    engine.sources
      .inspectDisk({ path: wantedPath })
      .then(
        (seen) => {
          setMachine((now) => ({ ...now, disks: [...now.disks, { path: seen.path, sizeBytes: seen.sizeBytes }] }));
          setPath('');
        },
        (error: unknown) => setDiskProblem(messageOf(error)),
      )
      .finally(() => setLooking(false));
  };
  const save = () => {
    setLeft(['name', 'platform', 'disks']);
    if (path.trim() !== '') setDiskProblem(t.pending);
    else if (problems.length === 0) props.onSave(machine);
  };

  return (
    <FormDialog
      title={props.machine === null ? t.add : t.edit}
      accept={t.accept}
      onAccept={save}
      onClose={props.onClose}
    >
      <TextField {...bind('name')} label={t.name} required value={machine.name} onChange={(name) => change({ name })} />
      <SelectField
        {...bind('platform')}
        width="medium"
        label={t.platform}
        required
        placeholder={t.choosePlatform}
        value={machine.platform}
        options={imagePlatforms.map((platform) => ({ value: platform.id, label: platform.name }))}
        onChange={(platform) => change({ platform })}
      />
      <Stack tight>
        <PathField
          name="path"
          problem={diskProblem}
          onLeave={() => undefined}
          label={t.disk}
          hint={t.diskHint}
          only="all"
          browse={browse}
          browseLabel={t.browse}
          browseTitle={t.browseTitle}
          value={path}
          onChange={(next) => {
            setPath(next);
            setDiskProblem(undefined);
          }}
          onEnter={addDisk}
          onPicked={addDisk}
        />
        <Row>
          <ActionButton label={t.addDisk} disabled={path.trim() === '' || looking} onPress={() => addDisk(path)} />
          {looking ? <Working label={t.looking} /> : null}
        </Row>
      </Stack>
      <ListTable
        label={t.disks}
        columns={[
          { id: 'path', label: t.path, renderCell: (disk: DiskDraft) => disk.path },
          {
            id: 'size',
            label: t.size,
            align: 'end',
            renderCell: (disk) => (disk.sizeBytes === null ? '' : size(disk.sizeBytes)),
          },
          {
            id: 'remove',
            label: '',
            width: '90px',
            renderCell: (disk) => (
              <ActionButton
                kind="quiet"
                label={t.removeDisk}
                name={t.removeNamed(disk.path)}
                onPress={() => change({ disks: machine.disks.filter((one) => one.path !== disk.path) })}
              />
            ),
          },
        ]}
        rows={machine.disks}
        rowId={(disk) => disk.path}
        rowName={(disk) => disk.path}
        empty={t.none}
        maxHeightPx={180}
      />
      <ProblemLine name="disks" problem={bind('disks').problem} />
    </FormDialog>
  );
};
