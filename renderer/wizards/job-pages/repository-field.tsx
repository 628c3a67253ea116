import { lazy, type ReactElement, useState } from 'react';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import type { FieldBinding } from '../../ui/wizard/field-binding.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Note, Row, Working } from '../../ui/wizard/layout.tsx';
import { type Answer, useAnswer } from '../engine.ts';
import { InnerWizard } from '../inner-wizard.tsx';
import { size } from '../words.ts';
import { texts } from './texts.ts';
import { say } from '../../say.ts';

const AddRepository = lazy(() => import('../add-repository/add-repository.tsx'));
const t = texts.repository;

/** The repositories there are, with their free space of now. */
export const useRepositories = (): Answer<readonly RepositoryRow[]> =>
  useAnswer('wizard repositories', ['repositories'], async (engine, signal) => {
    const list = await engine.repositories.list({ limit: 1000, sort: { by: 'name', direction: 'asc' } }, { signal });
    return list.rows;
  });

/** Free space of a repository in words. */
export const freeSpaceText = (repository: RepositoryRow): string => {
  if (repository.state === 'unavailable') return t.unavailable;
  if (repository.freeBytes === null || repository.capacityBytes === null) return t.unknownFree;
  return t.freeOf(size(repository.freeBytes), size(repository.capacityBytes));
};

/** A repository to write to, with its free space, and a way to add one without leaving the wizard. */
export const RepositoryField = (props: {
  binding: FieldBinding;
  label?: string;
  value: string;
  repositories: Answer<readonly RepositoryRow[]>;
  onChange: (id: string) => void;
}): ReactElement => {
  const [adding, setAdding] = useState(false);
  const { repositories } = props;
  const rows = repositories.value;
  const chosen = rows?.find((row) => row.id === props.value);
  return (
    <>
      <Row align="field">
        <SelectField
          {...props.binding}
          label={props.label ?? t.label}
          required
          placeholder={rows === null ? t.asking : rows.length === 0 ? t.none : t.choose}
          value={rows === null || chosen !== undefined ? props.value : ''}
          options={(rows ?? []).map((row) => ({ value: row.id, label: `${row.name} (${freeSpaceText(row)})` }))}
          onChange={props.onChange}
        />
        <ActionButton label={t.add} onPress={() => setAdding(true)} />
      </Row>
      {repositories.asking && rows === null ? <Working label={t.asking} /> : null}
      {repositories.failure === null ? null : (
        <Note intent="error">
          {repositories.failure} <ActionButton label={texts.summary.again} onPress={repositories.again} />
        </Note>
      )}
      {chosen?.state === 'unavailable' ? (
        <Note intent="warning">{chosen.stateText ?? say`${chosen.name} is not available now.`}</Note>
      ) : null}
      {adding ? (
        <InnerWizard name="add-repository">
          <AddRepository
            props={{}}
            onClose={() => setAdding(false)}
            onDone={({ id }) => {
              setAdding(false);
              repositories.again();
              if (id !== undefined) props.onChange(id);
            }}
          />
        </InnerWizard>
      ) : null}
    </>
  );
};
