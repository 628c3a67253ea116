import type { ReactElement } from 'react';
import { CheckField, NumberField, type SelectOption } from '../../ui/wizard/fields.tsx';
import { Indent, Row } from '../../ui/wizard/layout.tsx';
import type { ScheduleKind } from '../../ui/wizard/schedule-draft.ts';
import { SchedulePicker } from '../../ui/wizard/schedule-picker.tsx';
import type { WizardHandle } from '../wizard.tsx';
import type { CommonDraft } from './job-draft.ts';
import { texts } from './texts.ts';

const t = texts.schedule;

/** How failed runs are tried again. */
export function RetryFields<Draft extends CommonDraft>({ w }: { w: WizardHandle<Draft> }): ReactElement {
  const update = (patch: Partial<CommonDraft>) => w.update(patch as Partial<Draft>);
  return (
    <div>
      <CheckField
        {...w.bind('retryOn')}
        label={t.retry}
        value={w.draft.retryOn}
        onChange={(retryOn) => update({ retryOn })}
      />
      {w.draft.retryOn ? (
        <Indent>
          <Row>
            <NumberField
              {...w.bind('retry.count')}
              label={t.retryCount}
              value={w.draft.retryCount}
              onChange={(retryCount) => update({ retryCount })}
            />
            <NumberField
              {...w.bind('retry.waitMinutes')}
              label={t.retryWait}
              unit={t.minutes}
              value={w.draft.retryWaitMinutes}
              onChange={(retryWaitMinutes) => update({ retryWaitMinutes })}
            />
          </Row>
        </Indent>
      ) : null}
    </div>
  );
}

/** When the job runs, and retries. */
export function SchedulePage<Draft extends CommonDraft>({
  w,
  kinds,
  jobs,
  words,
}: {
  w: WizardHandle<Draft>;
  kinds: readonly ScheduleKind[];
  jobs: readonly SelectOption[];
  words?: Partial<Record<ScheduleKind, string>>;
}): ReactElement {
  return (
    <>
      <SchedulePicker
        value={w.draft.schedule}
        kinds={kinds}
        jobs={jobs}
        {...(words === undefined ? {} : { words })}
        bind={(part) => w.bind(part === '' ? 'schedule' : `schedule.${part}`)}
        onChange={(schedule) => w.update({ schedule } as Partial<Draft>)}
      />
      <RetryFields w={w} />
    </>
  );
}
