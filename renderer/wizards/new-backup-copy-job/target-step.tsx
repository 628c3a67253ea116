import { type ReactElement, useState } from 'react';
import { backupCopy, type BackupCopySettings } from '../../../shared/domain/jobs/backup-copy.ts';
import { defaultRatios } from '../../../shared/domain/estimates.ts';
import { catalogue } from '../../say.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { Advanced, Quiet } from '../../ui/wizard/layout.tsx';
import { RetentionField } from '../../ui/wizard/retention-field.tsx';
import { useAnswer } from '../engine.ts';
import type { JobPageFacts, JobStep } from '../job-pages/job-step.ts';
import { KeyField, useKeys } from '../job-pages/key-field.tsx';
import { RepositoryField } from '../job-pages/repository-field.tsx';
import { RetentionPreview } from '../job-pages/retention-preview.tsx';
import { retentionWords } from '../job-pages/retention-words.ts';
import { type JobDraft, settingsOf } from '../job-pages/settings-draft.ts';
import { texts as jobTexts } from '../job-pages/texts.ts';
import type { WizardHandle } from '../wizard.tsx';

const t = catalogue({
  title: 'Target',
  intro: 'Where the copies go, and how long they stay there. Copies have a retention of their own.',
  advanced: 'Advanced: compression, encryption',
  codec: 'Compression',
  codecs: {
    keep: 'Keep as in the source: fastest',
    zstd: 'Zstandard: smallest',
    lz4: 'LZ4: least processor time',
    none: 'None',
  },
  keyHint: 'Copies are encrypted with this key, whatever the source is encrypted with.',
  retention: 'Retention',
  storage: 'Storage',
  encrypted: 'encrypted',
} as const);

/** Where copies go, how long they stay, and how they are stored. */
const TargetPage = ({
  w,
  facts: { repositories },
}: {
  w: WizardHandle<JobDraft<BackupCopySettings>>;
  facts: JobPageFacts;
}): ReactElement => {
  const keys = useKeys();
  const { draft } = w;
  const [advanced, setAdvanced] = useState(draft.keyId !== '' || draft.codec !== 'keep');
  const repository = repositories.value?.find((row) => row.id === draft.repositoryId);
  const wrongInside = ['codec', 'keyId'].some((field) => w.problemIn(field) !== undefined);
  const settings = settingsOf(backupCopy, draft);
  // The newest restore point of every chosen machine, as the engine adds it up, is what a full of the copy takes.
  const asked = { ...settings, name: 'preview', retention: undefined, schedule: undefined, retry: undefined };
  const sized = useAnswer(
    repository === undefined || settings.sources.jobIds.length + settings.sources.repositoryIds.length === 0
      ? null
      : `copy size ${JSON.stringify([settings.sources, settings.repositoryId])}`,
    [],
    (engine, signal) => engine.jobs.preview({ settings: asked }, { signal }),
  );
  const fullBytes = sized.value?.estimatedBytes ?? null;
  const sizes =
    fullBytes === null || fullBytes === 0
      ? null
      : { fullBytes, incrementBytes: Math.ceil(fullBytes * defaultRatios.dailyChange) };
  return (
    <>
      <RepositoryField
        binding={w.bind('repositoryId')}
        value={draft.repositoryId}
        repositories={repositories}
        onChange={(repositoryId) => w.update({ repositoryId })}
      />
      <RetentionField
        value={draft.retention}
        amount={w.bind('retention')}
        kind={w.bind('retention.kind')}
        label={jobTexts.retention.label}
        unitLabel={jobTexts.retention.unitLabel}
        units={jobTexts.retention.units}
        onChange={(retention) => w.update({ retention })}
      />
      <RetentionPreview
        rule={settings.retention}
        schedule={draft.schedule}
        sizes={sizes}
        freeBytes={repository?.freeBytes ?? null}
      />
      <Advanced title={t.advanced} open={advanced || wrongInside} onToggle={setAdvanced}>
        <SelectField<BackupCopySettings['codec']>
          {...w.bind('codec')}
          width="medium"
          label={t.codec}
          value={draft.codec}
          options={[
            { value: 'keep', label: t.codecs.keep },
            { value: 'zstd', label: t.codecs.zstd },
            { value: 'lz4', label: t.codecs.lz4 },
            { value: 'none', label: t.codecs.none },
          ]}
          onChange={(codec) => w.update({ codec })}
        />
        <KeyField
          none={jobTexts.key.asSource}
          binding={w.bind('keyId')}
          value={draft.keyId}
          keys={keys}
          onChange={(keyId) => w.update({ keyId })}
        />
        <Quiet>{t.keyHint}</Quiet>
      </Advanced>
    </>
  );
};

export const targetStep: JobStep<BackupCopySettings> = {
  id: 'target',
  title: t.title,
  intro: t.intro,
  fields: ['repositoryId', 'retention', 'codec', 'keyId'],
  Page: TargetPage,
  summary: (draft, { repositories }) => [
    { term: t.title, value: repositories.value?.find((row) => row.id === draft.repositoryId)?.name ?? '' },
    { term: t.retention, value: retentionWords(draft.retention) },
    {
      term: t.storage,
      value: `${t.codecs[draft.codec]}; ${draft.keyId === '' ? jobTexts.key.asSource.toLowerCase() : t.encrypted}`,
    },
  ],
};
