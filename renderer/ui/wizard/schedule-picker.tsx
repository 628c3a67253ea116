import { Checkbox, Field, makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import type { FieldBinding } from './field-binding.ts';
import { NumberField, SelectField, type SelectOption, TimeField } from './fields.tsx';
import { Quiet, Row } from './layout.tsx';
import {
  type DayChoice,
  type ScheduleDraft,
  type ScheduleKind,
  type Weekday,
  weekdays,
  weeks,
} from './schedule-draft.ts';
import {
  dayChoiceWords,
  kindWords,
  monthWords,
  scheduleLabels as t,
  weekdayWords,
  weekWords,
} from './schedule-texts.ts';

export interface SchedulePickerProps {
  value: ScheduleDraft;
  /** In the order shown. */
  kinds: readonly ScheduleKind[];
  /** Jobs that can be waited for. */
  jobs?: readonly SelectOption[];
  /** Other words for a kind where a wizard means something narrower by it. */
  words?: Partial<Record<ScheduleKind, string>>;
  label?: string;
  /** Binding of a part: '' for the whole, else `at`, `days`, `on`, `months`, `everyMinutes`, `jobId`. */
  bind: (part: string) => FieldBinding;
  onChange: (value: ScheduleDraft) => void;
}

const useStyles = makeStyles({
  details: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    padding: `${tokens.spacingVerticalXS} 0 ${tokens.spacingVerticalM} 32px`,
  },
  checks: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS },
});

/** Several of a few, as one labelled group of check boxes. */
function ChecksField<T extends string | number>(
  props: FieldBinding & {
    label: string;
    options: readonly { value: T; label: string }[];
    chosen: readonly T[];
    onChange: (chosen: T[]) => void;
  },
): ReactElement {
  const styles = useStyles();
  return (
    <div data-field={props.name} onBlur={props.onLeave}>
      <Field
        label={props.label}
        validationMessage={props.problem}
        validationState={props.problem === undefined ? 'none' : 'error'}
      >
        <div role="group" aria-label={props.label} className={styles.checks}>
          {props.options.map((option) => (
            <Checkbox
              key={option.value}
              label={option.label}
              checked={props.chosen.includes(option.value)}
              onChange={(_event, data) =>
                props.onChange(
                  data.checked === true
                    ? [...props.chosen, option.value]
                    : props.chosen.filter((value) => value !== option.value),
                )
              }
            />
          ))}
        </div>
      </Field>
    </div>
  );
}

const DailyDetails = ({ value, bind, onChange }: SchedulePickerProps): ReactElement => (
  <>
    <Row>
      <TimeField
        {...bind('at')}
        label={t.time}
        value={value.dailyAt}
        onChange={(dailyAt) => onChange({ ...value, dailyAt })}
      />
      <SelectField<DayChoice>
        {...bind('dayChoice')}
        width="medium"
        label={t.days}
        value={value.dayChoice}
        options={(Object.keys(dayChoiceWords) as DayChoice[]).map((choice) => ({
          value: choice,
          label: dayChoiceWords[choice],
        }))}
        onChange={(dayChoice) => onChange({ ...value, dayChoice })}
      />
    </Row>
    {value.dayChoice === 'these-days' ? (
      <ChecksField<Weekday>
        {...bind('days')}
        label={t.daysOf}
        options={weekdays.map((day) => ({ value: day, label: weekdayWords[day] }))}
        chosen={value.days}
        onChange={(days) => onChange({ ...value, days })}
      />
    ) : null}
  </>
);

const MonthlyDetails = ({ value, bind, onChange }: SchedulePickerProps): ReactElement => (
  <>
    <Row>
      <TimeField
        {...bind('at')}
        label={t.time}
        value={value.monthlyAt}
        onChange={(monthlyAt) => onChange({ ...value, monthlyAt })}
      />
      <SelectField<'week' | 'day'>
        {...bind('monthlyOn')}
        width="short"
        label={t.on}
        value={value.monthlyOn}
        options={[
          { value: 'week', label: t.onWeek },
          { value: 'day', label: t.onDay },
        ]}
        onChange={(monthlyOn) => onChange({ ...value, monthlyOn })}
      />
      {value.monthlyOn === 'week' ? (
        <>
          <SelectField
            {...bind('week')}
            width="narrow"
            label={t.week}
            value={value.week}
            options={weeks.map((week) => ({ value: week, label: weekWords[week] }))}
            onChange={(week) => onChange({ ...value, week })}
          />
          <SelectField
            {...bind('weekday')}
            width="narrow"
            label={t.weekday}
            value={value.weekday}
            options={weekdays.map((day) => ({ value: day, label: weekdayWords[day] }))}
            onChange={(weekday) => onChange({ ...value, weekday })}
          />
        </>
      ) : (
        <NumberField
          {...bind('on')}
          label={t.dayOfMonth}
          hint={t.dayOfMonthHint}
          value={value.dayOfMonth}
          onChange={(dayOfMonth) => onChange({ ...value, dayOfMonth })}
        />
      )}
    </Row>
    <ChecksField<number>
      {...bind('months')}
      label={t.months}
      options={monthWords.map((label, index) => ({ value: index + 1, label }))}
      chosen={value.months}
      onChange={(months) => onChange({ ...value, months })}
    />
  </>
);

const PeriodicDetails = ({ value, bind, onChange }: SchedulePickerProps): ReactElement => (
  <Row>
    <NumberField
      {...bind('everyMinutes')}
      label={t.every}
      value={value.every}
      onChange={(every) => onChange({ ...value, every })}
    />
    <SelectField<'minutes' | 'hours'>
      {...bind('everyUnit')}
      width="narrow"
      label={t.unit}
      value={value.everyUnit}
      options={[
        { value: 'minutes', label: t.minutes },
        { value: 'hours', label: t.hours },
      ]}
      onChange={(everyUnit) => onChange({ ...value, everyUnit })}
    />
  </Row>
);

const AfterJobDetails = ({ value, bind, onChange, jobs }: SchedulePickerProps): ReactElement =>
  jobs === undefined || jobs.length === 0 ? (
    <div data-field={bind('jobId').name}>
      <Quiet>{t.noJobs}</Quiet>
    </div>
  ) : (
    <SelectField
      {...bind('jobId')}
      width="medium"
      label={t.job}
      placeholder={t.chooseJob}
      value={value.jobId}
      options={jobs}
      onChange={(jobId) => onChange({ ...value, jobId })}
    />
  );

const Details = (props: SchedulePickerProps): ReactElement | null => {
  switch (props.value.kind) {
    case 'daily':
      return <DailyDetails {...props} />;
    case 'monthly':
      return <MonthlyDetails {...props} />;
    case 'periodic':
      return <PeriodicDetails {...props} />;
    case 'after-job':
      return <AfterJobDetails {...props} />;
    case 'manual':
    case 'continuous':
      return null;
  }
};

/** When a job runs: one of the kinds a wizard offers, its details directly below it. */
export const SchedulePicker = (props: SchedulePickerProps): ReactElement => {
  const styles = useStyles();
  const { value, kinds, words, onChange } = props;
  const whole = props.bind('');
  return (
    <div data-field={whole.name}>
      <Field
        label={props.label ?? t.group}
        validationMessage={whole.problem}
        validationState={whole.problem === undefined ? 'none' : 'error'}
      >
        <RadioGroup
          value={value.kind}
          onChange={(_event, data) => {
            const kind = kinds.find((one) => one === data.value);
            if (kind !== undefined) onChange({ ...value, kind });
          }}
        >
          {kinds.map((kind) => (
            <div key={kind}>
              <Radio value={kind} label={words?.[kind] ?? kindWords[kind]} />
              {kind === value.kind && kind !== 'manual' && kind !== 'continuous' ? (
                <div className={styles.details}>
                  <Details {...props} />
                </div>
              ) : null}
            </div>
          ))}
        </RadioGroup>
      </Field>
    </div>
  );
};
