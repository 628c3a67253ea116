import type { ReactElement } from 'react';
import { CheckField, NumberField } from '../../ui/wizard/fields.tsx';
import { Group, Indent, Row } from '../../ui/wizard/layout.tsx';
import { SchedulePicker } from '../../ui/wizard/schedule-picker.tsx';
import { scheduleOfDraft } from '../../ui/wizard/schedule-draft.ts';
import type { BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { catalogue, say } from '../../say.ts';
import type { JobStep } from '../job-pages/job-step.ts';
import type { JobDraft } from '../job-pages/settings-draft.ts';
import { counted } from '../words.ts';
import type { WizardHandle } from '../wizard.tsx';

const t = catalogue({
  title: 'Options',
  intro: 'What happens to the tapes afterwards, and how the job works.',
  tapes: 'Tapes after the job',
  eject: 'Eject tapes when the job has ended',
  ejectHint: 'Tapes go from the drives back to their slots. After a failure they stay in the drive.',
  export: 'Export the current media set when the job has ended',
  exportHint: 'Closes the set and moves its tapes to the mail slots, to be taken out.',
  work: 'Work',
  drives: 'Drives used by this job',
  drivesHint: 'At most; the media pools set a limit of their own.',
  wait: 'Wait for a tape',
  hours: 'hours',
  waitHint: 'When no tape can be used the job waits, and goes on by itself when one can. 0: fail at once.',
  latest: 'Write only the newest restore point of each machine',
  latestHint: 'Off: every restore point that is not on tape yet.',
  virtual: 'Make virtual fulls at these times',
  virtualHint: 'A virtual full is put together from the full and the increments on disk, and written as one full.',
  virtualLabel: 'Virtual full',
  summary: {
    latest: 'Restore points',
    latestOnly: 'only the newest of each machine',
    all: 'all that are not on tape yet',
    virtual: 'Virtual fulls',
    virtualOff: 'only the first of each media set',
    after: 'Tapes afterwards',
    stay: 'stay in the drives',
    ejected: 'ejected',
    exported: 'exported',
    drives: 'Drives',
    wait: 'Waits for a tape',
  },
} as const);

/** What happens to tapes afterwards, how many drives, how long to wait, and virtual fulls. */
const OptionsPage = ({ w }: { w: WizardHandle<JobDraft<BackupToTapeSettings>> }): ReactElement => {
  const { draft } = w;
  return (
    <>
      <Group title={t.tapes}>
        <div>
          <CheckField
            {...w.bind('ejectMedia')}
            label={t.eject}
            hint={t.ejectHint}
            value={draft.ejectMedia}
            onChange={(ejectMedia) => w.update({ ejectMedia })}
          />
          <CheckField
            {...w.bind('exportMedia')}
            label={t.export}
            hint={t.exportHint}
            value={draft.exportMedia}
            onChange={(exportMedia) => w.update({ exportMedia })}
          />
        </div>
      </Group>
      <Group title={t.work}>
        <Row>
          <NumberField
            {...w.bind('parallelDrives')}
            width="medium"
            label={t.drives}
            hint={t.drivesHint}
            value={draft.parallelDrives}
            onChange={(parallelDrives) => w.update({ parallelDrives })}
          />
          <NumberField
            {...w.bind('waitForMediaHours')}
            width="medium"
            label={t.wait}
            unit={t.hours}
            hint={t.waitHint}
            value={draft.waitForMediaHours}
            onChange={(waitForMediaHours) => w.update({ waitForMediaHours })}
          />
        </Row>
        <div>
          <CheckField
            {...w.bind('latestPointOnly')}
            label={t.latest}
            hint={t.latestHint}
            value={draft.latestPointOnly}
            onChange={(latestPointOnly) => w.update({ latestPointOnly })}
          />
          <CheckField
            {...w.bind('virtualFull')}
            label={t.virtual}
            hint={t.virtualHint}
            value={draft.virtualFull.on}
            onChange={(on) => w.update({ virtualFull: { ...draft.virtualFull, on } })}
          />
        </div>
        {draft.virtualFull.on ? (
          <Indent>
            <SchedulePicker
              label={t.virtualLabel}
              value={draft.virtualFull.value}
              kinds={['daily', 'monthly']}
              bind={(part) => w.bind(part === '' ? 'virtualFull' : `virtualFull.${part}`)}
              onChange={(value) => w.update({ virtualFull: { on: true, value } })}
            />
          </Indent>
        ) : null}
      </Group>
    </>
  );
};

export const optionsStep: JobStep<BackupToTapeSettings> = {
  id: 'options',
  title: t.title,
  intro: t.intro,
  fields: ['parallelDrives', 'ejectMedia', 'exportMedia', 'waitForMediaHours', 'latestPointOnly', 'virtualFull'],
  Page: OptionsPage,
  summary: (draft) => {
    const words = t.summary;
    const after = [...(draft.ejectMedia ? [words.ejected] : []), ...(draft.exportMedia ? [words.exported] : [])];
    const { on, value } = draft.virtualFull;
    return [
      { term: words.latest, value: draft.latestPointOnly ? words.latestOnly : words.all },
      { term: words.virtual, value: on ? describeSchedule(scheduleOfDraft(value)) : words.virtualOff },
      { term: words.after, value: after.join(', ') || words.stay },
      { term: words.drives, value: draft.parallelDrives },
      { term: words.wait, value: counted(Number(draft.waitForMediaHours), say('hour')) },
    ];
  },
};
