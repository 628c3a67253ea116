import {
  Button,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import { type FormEvent, type ReactElement, useState } from 'react';
import { Icon } from './icons.tsx';

const useStyles = makeStyles({
  page: {
    minHeight: '100vh',
    display: 'grid',
    placeItems: 'center',
    padding: '16px',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground3,
  },
  form: {
    width: '100%',
    maxWidth: '360px',
    display: 'flex',
    flexDirection: 'column',
    gap: '12px',
    padding: '24px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
  },
  product: { display: 'flex', alignItems: 'center', gap: '8px', color: tokens.colorNeutralForeground2 },
  title: { margin: 0, fontSize: '18px', lineHeight: '24px', fontWeight: tokens.fontWeightSemibold },
  text: { margin: 0, color: tokens.colorNeutralForeground2 },
});

/** The page before the console: one password, or a new one twice. */
export const SignInForm = (props: {
  product: string;
  title: string;
  text: string;
  passwordLabel: string;
  repeatLabel: string | null;
  minLength: number;
  submitLabel: string;
  remark: string | null;
  problem: string | null;
  busy: boolean;
  onSubmit: (password: string, again: string) => void;
}): ReactElement => {
  const styles = useStyles();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!props.busy && password.length >= props.minLength) props.onSubmit(password, again);
  };
  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={submit} noValidate>
        <div className={styles.product}>
          <Icon name="tape" size={20} />
          {props.product}
        </div>
        <h1 className={styles.title}>{props.title}</h1>
        <p className={styles.text}>{props.text}</p>
        {props.remark === null ? null : (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>{props.remark}</MessageBarBody>
          </MessageBar>
        )}
        {props.problem === null ? null : (
          <MessageBar intent="error" layout="multiline" role="alert">
            <MessageBarBody>{props.problem}</MessageBarBody>
          </MessageBar>
        )}
        <Field label={props.passwordLabel} required>
          <Input
            type="password"
            value={password}
            autoFocus
            autoComplete={props.repeatLabel === null ? 'current-password' : 'new-password'}
            onChange={(_event, data) => setPassword(data.value)}
          />
        </Field>
        {props.repeatLabel === null ? null : (
          <Field label={props.repeatLabel} required>
            <Input
              type="password"
              value={again}
              autoComplete="new-password"
              onChange={(_event, data) => setAgain(data.value)}
            />
          </Field>
        )}
        <Button
          type="submit"
          appearance="primary"
          disabled={props.busy || password.length < props.minLength}
          icon={props.busy ? <Spinner size="extra-tiny" /> : undefined}
        >
          {props.submitLabel}
        </Button>
      </form>
    </main>
  );
};
