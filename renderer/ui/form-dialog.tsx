import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Select,
  Spinner,
} from '@fluentui/react-components';
import { type FormEvent, type ReactElement, type ReactNode, useState } from 'react';
import { useFocusBack } from './focus-back.ts';
import { CommandLine } from './wizard/command-line.tsx';

/** One thing that a small dialog asks for; values are texts, and `true` or `` for a check box. */
export type FormField = {
  name: string;
  label: string;
  hint?: string;
  initial?: string;
} & (
  | { kind: 'text' | 'password'; required?: boolean }
  | { kind: 'check' }
  | { kind: 'choice'; options: readonly { value: string; label: string }[] }
);

export interface FormDialogProps {
  title: string;
  /** What will happen; for something destructive, what is lost. */
  intro: ReactNode;
  fields: readonly FormField[];
  /** A text that has to be typed before it can be done. */
  typed?: { expect: string; label: string } | undefined;
  /** The same on the command line. */
  line?: string | undefined;
  lineLabel: string;
  submitLabel: string;
  cancelLabel: string;
  danger?: boolean | undefined;
  /** Does it; a refusal is shown in the dialog, at its field where it names one. */
  submit: (values: Record<string, string>, typed: string) => Promise<void>;
  problemOf: (error: unknown) => { message: string; advice: string | null; field: string | null };
  onClose: () => void;
}

const useStyles = makeStyles({
  surface: { maxWidth: '480px', padding: '16px 20px' },
  content: { display: 'flex', flexDirection: 'column', gap: '12px' },
  title: { fontSize: '16px', lineHeight: '22px' },
});

/** A question with a few fields; Enter does it, Esc does not. What was entered stays when the engine refuses. */
export const FormDialog = (props: FormDialogProps): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      props.fields.map((field) => [
        field.name,
        field.initial ?? (field.kind === 'choice' ? (field.options[0]?.value ?? '') : ''),
      ]),
    ),
  );
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ message: string; advice: string | null; field: string | null } | null>(null);
  const missing = props.fields.some(
    (field) =>
      field.kind !== 'check' && field.kind !== 'choice' && field.required !== false && values[field.name] === '',
  );
  const ready = !busy && !missing && (props.typed === undefined || typed === props.typed.expect);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    props.submit(values, typed).then(props.onClose, (error: unknown) => {
      setProblem(props.problemOf(error));
      setBusy(false);
    });
  };
  const onField = problem !== null && props.fields.some((field) => field.name === problem.field);
  return (
    <Dialog
      open
      modalType={props.danger === true ? 'alert' : 'modal'}
      onOpenChange={(_event, data) => {
        if (!data.open && !busy) props.onClose();
      }}
    >
      <DialogSurface className={styles.surface}>
        <form onSubmit={submit} noValidate>
          <DialogBody>
            <DialogTitle className={styles.title}>{props.title}</DialogTitle>
            <DialogContent className={styles.content}>
              <div>{props.intro}</div>
              {problem !== null && !onField ? (
                <MessageBar intent="error" layout="multiline" role="alert">
                  <MessageBarBody>
                    {problem.message} {problem.advice}
                  </MessageBarBody>
                </MessageBar>
              ) : null}
              {props.fields.map((field) => (
                <FormControl
                  key={field.name}
                  field={field}
                  value={values[field.name] ?? ''}
                  problem={problem?.field === field.name ? problem.message : undefined}
                  onChange={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
                />
              ))}
              {props.typed === undefined ? null : (
                <Field label={props.typed.label} required>
                  <Input
                    value={typed}
                    autoComplete="off"
                    spellCheck={false}
                    onChange={(_event, data) => setTyped(data.value)}
                  />
                </Field>
              )}
              {props.line === undefined ? null : <CommandLine label={props.lineLabel} command={props.line} />}
            </DialogContent>
            <DialogActions>
              {busy ? <Spinner size="tiny" /> : null}
              <Button type="submit" appearance="primary" disabled={!ready}>
                {props.submitLabel}
              </Button>
              <Button type="button" disabled={busy} onClick={props.onClose}>
                {props.cancelLabel}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};

const FormControl = (props: {
  field: FormField;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}): ReactElement => {
  const { field } = props;
  if (field.kind === 'check') {
    return (
      <Checkbox
        label={field.label}
        checked={props.value === 'true'}
        onChange={(_event, data) => props.onChange(data.checked === true ? 'true' : '')}
      />
    );
  }
  return (
    <Field
      label={field.label}
      hint={field.hint}
      required={field.kind !== 'choice' && field.required !== false}
      validationMessage={props.problem}
      validationState={props.problem === undefined ? 'none' : 'error'}
    >
      {field.kind === 'choice' ? (
        <Select value={props.value} onChange={(_event, data) => props.onChange(data.value)}>
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      ) : (
        <Input
          type={field.kind}
          value={props.value}
          autoComplete={field.kind === 'password' ? 'new-password' : 'off'}
          spellCheck={false}
          onChange={(_event, data) => props.onChange(data.value)}
        />
      )}
    </Field>
  );
};
