import { type ReactElement, useState } from 'react';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import { guessSizes } from '../../../shared/domain/estimates.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { Advanced, Row } from '../../ui/wizard/layout.tsx';
import { RetentionField } from '../../ui/wizard/retention-field.tsx';
import type { Answer } from '../engine.ts';
import { retentionOf } from '../job-pages/job-draft.ts';
import { KeyField, useKeys } from '../job-pages/key-field.tsx';
import { RepositoryField } from '../job-pages/repository-field.tsx';
import { RetentionPreview } from '../job-pages/retention-preview.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import type { WizardHandle } from '../wizard.tsx';
import { type BackupJobDraft, type BackupJobSettings, totalSourceBytes } from './draft.ts';
import { texts } from './texts.ts';

const t = texts.storage;

const advancedFields = ['blockSizeBytes', 'codec', 'keyId'];

/** Where the backups go, how long they stay, and how they are stored. */
export const RepositoryPage = ({
  w,
  repositories,
}: {
  w: WizardHandle<BackupJobDraft>;
  repositories: Answer<readonly RepositoryRow[]>;
}): ReactElement => {
  const keys = useKeys();
  const [advanced, setAdvanced] = useState(w.draft.keyId !== '');
  const total = totalSourceBytes(w.draft.machines);
  const repository = repositories.value?.find((row) => row.id === w.draft.repositoryId);
  const wrongInside = advancedFields.some((field) => w.problemIn(field) !== undefined);
  return (
    <>
      <RepositoryField
        binding={w.bind('repositoryId')}
        value={w.draft.repositoryId}
        repositories={repositories}
        onChange={(repositoryId) => w.update({ repositoryId })}
      />
      <RetentionField
        value={w.draft.retention}
        amount={w.bind('retention')}
        kind={w.bind('retention.kind')}
        label={jobTexts.retention.label}
        unitLabel={jobTexts.retention.unitLabel}
        units={jobTexts.retention.units}
        onChange={(retention) => w.update({ retention })}
      />
      <RetentionPreview
        rule={retentionOf(w.draft.retention)}
        schedule={w.draft.schedule}
        sizes={total === null || total === 0 ? null : guessSizes('', total)}
        freeBytes={repository?.freeBytes ?? null}
      />
      <Advanced title={t.advanced} open={advanced || wrongInside} onToggle={setAdvanced}>
        <Row>
          <SelectField
            {...w.bind('blockSizeBytes')}
            width="medium"
            label={t.blockSize}
            hint={t.blockSizeHint}
            value={w.draft.blockSizeBytes}
            options={Object.entries(t.blockSizes).map(([value, label]) => ({ value, label }))}
            onChange={(blockSizeBytes) => w.update({ blockSizeBytes })}
          />
          <SelectField<BackupJobSettings['codec']>
            {...w.bind('codec')}
            width="medium"
            label={t.codec}
            value={w.draft.codec}
            options={[
              { value: 'zstd', label: t.codecs.zstd },
              { value: 'lz4', label: t.codecs.lz4 },
              { value: 'none', label: t.codecs.none },
            ]}
            onChange={(codec) => w.update({ codec })}
          />
        </Row>
        <KeyField
          binding={w.bind('keyId')}
          value={w.draft.keyId}
          keys={keys}
          onChange={(keyId) => w.update({ keyId })}
        />
      </Advanced>
    </>
  );
};
