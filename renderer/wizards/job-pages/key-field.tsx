import { type ReactElement, useState } from 'react';
import type { FieldBinding } from '../../ui/wizard/field-binding.ts';
import { SelectField, TextField } from '../../ui/wizard/fields.tsx';
import { FormDialog } from '../../ui/wizard/form-dialog.tsx';
import { ActionButton, Row } from '../../ui/wizard/layout.tsx';
import { type Answer, useAnswer, useEngine } from '../engine.ts';
import { type Failure, type Problem, refusalOf } from '../problems.ts';
import { type KeyDraft, keyProblems } from './key-draft.ts';
import { texts } from './texts.ts';

const t = texts.key;

export interface KeyChoice {
  id: string;
  name: string;
  hint: string;
}

/** The encryption keys there are. */
export const useKeys = (): Answer<readonly KeyChoice[]> =>
  useAnswer('wizard keys', ['keys'], async (engine, signal) => {
    const list = await engine.credentials.keys({ limit: 1000, sort: { by: 'name', direction: 'asc' } }, { signal });
    return list.rows;
  });

const noKey = 'none';

/** Adds a passphrase; it is held in this dialog until it is saved, and nowhere else. */
export const AddKeyDialog = (props: { onAdded: (id: string) => void; onClose: () => void }): ReactElement => {
  const engine = useEngine();
  const [draft, setDraft] = useState<KeyDraft>({ name: '', hint: '', passphrase: '', repeat: '' });
  const [left, setLeft] = useState<readonly string[]>([]);
  const [refused, setRefused] = useState<readonly Problem[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const problems = [...refused, ...keyProblems(draft)];
  const bind = (name: keyof KeyDraft): FieldBinding => ({
    name,
    problem: left.includes(name) ? problems.find((problem) => problem.field === name)?.message : undefined,
    onLeave: () => setLeft((now) => [...now, name]),
  });
  const change = (patch: Partial<KeyDraft>) => {
    setDraft((now) => ({ ...now, ...patch }));
    setRefused([]);
    setFailure(null);
  };
  const accept = () => {
    setLeft(Object.keys(draft));
    if (keyProblems(draft).length > 0) return;
    setBusy(true);
    engine.credentials
      .addKey({ name: draft.name, hint: draft.hint, passphrase: draft.passphrase })
      .then(
        ({ id }) => props.onAdded(id),
        (error: unknown) => {
          const refusal = refusalOf(error);
          setRefused(refusal.problems);
          setFailure(refusal.failure);
        },
      )
      .finally(() => setBusy(false));
  };
  return (
    <FormDialog
      title={t.addTitle}
      accept={t.accept}
      busy={busy}
      failure={failure}
      onAccept={accept}
      onClose={props.onClose}
    >
      <TextField {...bind('name')} label={t.name} required value={draft.name} onChange={(name) => change({ name })} />
      <TextField
        {...bind('passphrase')}
        label={t.passphrase}
        hint={t.passphraseHint}
        required
        secret
        value={draft.passphrase}
        onChange={(passphrase) => change({ passphrase })}
      />
      <TextField
        {...bind('repeat')}
        label={t.repeat}
        required
        secret
        value={draft.repeat}
        onChange={(repeat) => change({ repeat })}
      />
      <TextField
        {...bind('hint')}
        label={t.hint}
        hint={t.hintHint}
        value={draft.hint}
        onChange={(hint) => change({ hint })}
      />
    </FormDialog>
  );
};

/** As it is without a key of its own, or with one of the keys; a key can be added on the way. */
export const KeyField = (props: {
  binding: FieldBinding;
  value: string;
  /** What it is called to choose none. */
  none?: string;
  keys: Answer<readonly KeyChoice[]>;
  onChange: (id: string) => void;
}): ReactElement => {
  const [adding, setAdding] = useState(false);
  const rows = props.keys.value ?? [];
  const known = props.value === '' || rows.some((key) => key.id === props.value);
  return (
    <>
      <Row align="field">
        <SelectField
          {...props.binding}
          width="medium"
          label={t.label}
          value={props.value === '' ? noKey : props.value}
          options={[
            { value: noKey, label: props.none ?? t.none },
            ...rows.map((key) => ({ value: key.id, label: t.with(key.name) })),
            ...(known ? [] : [{ value: props.value, label: t.with('…') }]),
          ]}
          onChange={(id) => props.onChange(id === noKey ? '' : id)}
        />
        <ActionButton label={t.add} onPress={() => setAdding(true)} />
      </Row>
      {adding ? (
        <AddKeyDialog
          onClose={() => setAdding(false)}
          onAdded={(id) => {
            setAdding(false);
            props.keys.again();
            props.onChange(id);
          }}
        />
      ) : null}
    </>
  );
};
