import { Checkbox, Input, makeStyles, Select, Textarea, tokens } from '@fluentui/react-components';
import { type ReactElement, useState } from 'react';
import type { FieldBinding } from './field-binding.ts';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';
import { say } from '../../say.ts';

interface TextProps extends FieldFrameProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string | undefined;
}

/** One line of text, trimmed by the schema and not while typing. */
export const TextField = (props: TextProps & { secret?: boolean }): ReactElement => (
  <FieldFrame {...props}>
    <Input
      value={props.value}
      type={props.secret === true ? 'password' : 'text'}
      autoComplete={props.secret === true ? 'new-password' : 'off'}
      spellCheck={false}
      placeholder={props.placeholder}
      onChange={(_event, data) => props.onChange(data.value)}
      onBlur={props.onLeave}
    />
  </FieldFrame>
);

/** Several lines; Enter makes a new line here. */
export const TextAreaField = (props: TextProps): ReactElement => (
  <FieldFrame {...props}>
    <Textarea
      value={props.value}
      rows={3}
      resize="vertical"
      onChange={(_event, data) => props.onChange(data.value)}
      onBlur={props.onLeave}
    />
  </FieldFrame>
);

/** A whole number as typed: the draft keeps the text, so that nothing typed is lost by leaving the page. */
export const NumberField = (props: TextProps & { unit?: string }): ReactElement => (
  <FieldFrame {...props} width={props.width ?? 'narrow'}>
    <Input
      value={props.value}
      inputMode="numeric"
      autoComplete="off"
      contentAfter={props.unit === undefined ? undefined : <span>{props.unit}</span>}
      onChange={(_event, data) => props.onChange(data.value)}
      onBlur={props.onLeave}
    />
  </FieldFrame>
);

/** A time of day, `HH:MM` on a 24-hour clock. */
export const TimeField = (props: TextProps): ReactElement => (
  <FieldFrame {...props} width={props.width ?? 'narrow'}>
    <Input
      placeholder="HH:MM"
      autoComplete="off"
      value={props.value}
      onChange={(_event, data) => props.onChange(data.value)}
      onBlur={props.onLeave}
    />
  </FieldFrame>
);

export interface SelectOption<T extends string = string> {
  value: T;
  label: string;
  disabled?: boolean;
}

/** One of a list. `placeholder` stands for "nothing chosen" (value ''). */
export function SelectField<T extends string>(
  props: FieldFrameProps & {
    value: T | '';
    options: readonly SelectOption<T>[];
    placeholder?: string | undefined;
    onChange: (value: T) => void;
  },
): ReactElement {
  return (
    <FieldFrame {...props}>
      <Select
        value={props.value}
        onChange={(event) => {
          const chosen = props.options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) props.onChange(chosen.value);
        }}
        onBlur={props.onLeave}
      >
        {props.placeholder === undefined && props.value !== '' ? null : (
          <option value="" disabled>
            {props.placeholder ?? say('Choose…')}
          </option>
        )}
        {props.options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </Select>
    </FieldFrame>
  );
}

const useStyles = makeStyles({
  // Fluent's checkbox stands in eight pixels of air: the box belongs on the line that the other fields begin at.
  check: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', marginInlineStart: '-8px' },
  below: { paddingInlineStart: '40px', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  problem: { paddingInlineStart: '40px', color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200 },
});

/** Yes or no, said as a sentence; `hint` says what it means. */
export const CheckField = (
  props: FieldBinding & {
    label: string;
    hint?: string | undefined;
    value: boolean;
    disabled?: boolean | undefined;
    onChange: (value: boolean) => void;
  },
): ReactElement => {
  const styles = useStyles();
  const [hintId] = useState(() => `hint-${crypto.randomUUID()}`);
  return (
    <div data-field={props.name} className={styles.check}>
      <Checkbox
        label={props.label}
        checked={props.value}
        disabled={props.disabled ?? false}
        aria-describedby={props.hint === undefined && props.problem === undefined ? undefined : hintId}
        aria-invalid={props.problem === undefined ? undefined : true}
        onChange={(_event, data) => props.onChange(data.checked === true)}
        onBlur={props.onLeave}
      />
      <div id={hintId}>
        {props.hint === undefined ? null : <div className={styles.below}>{props.hint}</div>}
        {props.problem === undefined ? null : (
          <div className={styles.problem} role="alert">
            {props.problem}
          </div>
        )}
      </div>
    </div>
  );
};
