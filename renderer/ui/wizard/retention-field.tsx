import type { ReactElement } from 'react';
import type { FieldBinding } from './field-binding.ts';
import { NumberField, SelectField } from './fields.tsx';
import { Row } from './layout.tsx';

/** Retention as it is being edited; the number is the text as typed. */
export interface RetentionDraft {
  kind: 'points' | 'days';
  amount: string;
}

/** How long restore points are kept: so many, or for so many days. */
export const RetentionField = (props: {
  value: RetentionDraft;
  amount: FieldBinding;
  kind: FieldBinding;
  label: string;
  unitLabel: string;
  units: Record<RetentionDraft['kind'], string>;
  onChange: (value: RetentionDraft) => void;
}): ReactElement => (
  <Row>
    <NumberField
      {...props.amount}
      label={props.label}
      required
      value={props.value.amount}
      onChange={(amount) => props.onChange({ ...props.value, amount })}
    />
    <SelectField<RetentionDraft['kind']>
      {...props.kind}
      width="narrow"
      label={props.unitLabel}
      value={props.value.kind}
      options={[
        { value: 'points', label: props.units.points },
        { value: 'days', label: props.units.days },
      ]}
      onChange={(kind) => props.onChange({ ...props.value, kind })}
    />
  </Row>
);
