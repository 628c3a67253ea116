import type { ReactElement } from 'react';
import { CheckField, NumberField } from '../../ui/wizard/fields.tsx';
import { Group, Indent, Row } from '../../ui/wizard/layout.tsx';
import { SchedulePicker } from '../../ui/wizard/schedule-picker.tsx';
import type { WizardHandle } from '../wizard.tsx';
import type { TapeJobDraft } from './draft.ts';
import { texts } from './texts.ts';

const t = texts.options;

/** What happens to tapes afterwards, how many drives, how long to wait, and virtual fulls. */
export const OptionsPage = ({ w }: { w: WizardHandle<TapeJobDraft> }): ReactElement => {
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
            {...w.bind('virtualFullOn')}
            label={t.virtual}
            hint={t.virtualHint}
            value={draft.virtualFullOn}
            onChange={(virtualFullOn) => w.update({ virtualFullOn })}
          />
        </div>
        {draft.virtualFullOn ? (
          <Indent>
            <SchedulePicker
              label={t.virtualLabel}
              value={draft.virtualFull}
              kinds={['daily', 'monthly']}
              bind={(part) => w.bind(part === '' ? 'virtualFull' : `virtualFull.${part}`)}
              onChange={(virtualFull) => w.update({ virtualFull })}
            />
          </Indent>
        ) : null}
      </Group>
    </>
  );
};
