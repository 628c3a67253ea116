import { Field, makeStyles, mergeClasses } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import type { FieldBinding } from './field-binding.ts';

export interface FieldFrameProps extends FieldBinding {
  label: string;
  hint?: string | undefined;
  required?: boolean | undefined;
  /** Narrow fields hold numbers, times and short choices. */
  width?: 'narrow' | 'short' | 'medium' | 'full' | undefined;
}

const useStyles = makeStyles({
  frame: {
    maxWidth: '640px',
    '& .fui-Input, & .fui-Select': { width: '100%' },
    '& input, & select': { minWidth: 0, width: '100%' },
  },
  narrow: { width: '160px' },
  short: { width: '210px' },
  medium: { width: '320px', maxWidth: '100%' },
  full: { width: '100%' },
});

/** Label, hint and problem around one control. */
export const FieldFrame = ({
  children,
  ...props
}: FieldFrameProps & { children: ReactElement<object> | ReactNode }): ReactElement => {
  const styles = useStyles();
  return (
    <div data-field={props.name} className={mergeClasses(styles.frame, styles[props.width ?? 'full'])}>
      <Field
        label={props.label}
        hint={props.hint}
        required={props.required ?? false}
        validationMessage={props.problem}
        validationState={props.problem === undefined ? 'none' : 'error'}
      >
        {children as ReactElement}
      </Field>
    </div>
  );
};
