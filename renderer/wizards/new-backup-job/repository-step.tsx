import { type ReactElement, useState } from 'react';
import { backup, type BackupSettings } from '../../../shared/domain/jobs/backup.ts';
import { guessSizes } from '../../../shared/domain/estimates.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { Advanced, Row } from '../../ui/wizard/layout.tsx';
import { RetentionField } from '../../ui/wizard/retention-field.tsx';
import { catalogue } from '../../say.ts';
import type { JobPageFacts, JobStep } from '../job-pages/job-step.ts';
import { totalSourceBytes } from '../job-pages/machine-draft.ts';
import { retentionWords } from '../job-pages/retention-words.ts';
import { type JobDraft, settingsOf } from '../job-pages/settings-draft.ts';
import { KeyField, useKeys } from '../job-pages/key-field.tsx';
import { RepositoryField } from '../job-pages/repository-field.tsx';
import { RetentionPreview } from '../job-pages/retention-preview.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import type { WizardHandle } from '../wizard.tsx';

const t = catalogue({
  title: 'Repository',
  intro: 'Where the backups are written, and how long restore points stay there.',
  advanced: 'Advanced: blocks, compression, encryption',
  blockSize: 'Block size',
  blockSizeHint: 'Changing it later begins a new full backup.',
  blockSizes: {
    262144: '256 KiB: smallest increments',
    524288: '512 KiB',
    1048576: '1 MiB: recommended',
    4194304: '4 MiB: very large disks',
  },
  codec: 'Compression',
  codecs: {
    zstd: 'Zstandard: smallest, recommended',
    lz4: 'LZ4: least processor time',
    none: 'None',
  },
  retention: 'Retention',
  storage: 'Storage',
  encrypted: 'encrypted',
} as const);

const advancedFields = ['blockSizeBytes', 'codec', 'keyId'];

/** Where the backups go, how long they stay, and how they are stored. */
const RepositoryPage = ({
  w,
  facts: { repositories },
}: {
  w: WizardHandle<JobDraft<BackupSettings>>;
  facts: JobPageFacts;
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
        rule={settingsOf(backup, w.draft).retention}
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
          <SelectField<BackupSettings['codec']>
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

export const repositoryStep: JobStep<BackupSettings> = {
  id: 'repository',
  title: t.title,
  intro: t.intro,
  fields: ['repositoryId', 'retention', 'blockSizeBytes', 'codec', 'keyId'],
  Page: RepositoryPage,
  summary: (draft, { repositories }) => [
    { term: t.title, value: repositories.value?.find((row) => row.id === draft.repositoryId)?.name ?? '' },
    { term: t.retention, value: retentionWords(draft.retention) },
    {
      term: t.storage,
      value: [
        t.codecs[draft.codec].split(':')[0],
        draft.keyId === '' ? jobTexts.key.none.toLowerCase() : t.encrypted,
      ].join(', '),
    },
  ],
};
