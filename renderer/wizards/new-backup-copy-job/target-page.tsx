import { type ReactElement, useState } from 'react';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import { defaultRatios } from '../../../shared/domain/estimates.ts';
import { SelectField } from '../../ui/wizard/fields.tsx';
import { Advanced, Quiet } from '../../ui/wizard/layout.tsx';
import { RetentionField } from '../../ui/wizard/retention-field.tsx';
import { type Answer, useAnswer } from '../engine.ts';
import { retentionOf } from '../job-pages/job-draft.ts';
import { KeyField, useKeys } from '../job-pages/key-field.tsx';
import { RepositoryField } from '../job-pages/repository-field.tsx';
import { RetentionPreview } from '../job-pages/retention-preview.tsx';
import { texts as jobTexts } from '../job-pages/texts.ts';
import type { WizardHandle } from '../wizard.tsx';
import { type CopyJobDraft, type CopyJobSettings, copySettingsOf } from './draft.ts';
import { texts } from './texts.ts';

const t = texts.target;

/** Where copies go, how long they stay, and how they are stored. */
export const TargetPage = ({
  w,
  repositories,
}: {
  w: WizardHandle<CopyJobDraft>;
  repositories: Answer<readonly RepositoryRow[]>;
}): ReactElement => {
  const keys = useKeys();
  const { draft } = w;
  const [advanced, setAdvanced] = useState(draft.keyId !== '' || draft.codec !== 'keep');
  const repository = repositories.value?.find((row) => row.id === draft.repositoryId);
  const wrongInside = ['codec', 'keyId'].some((field) => w.problemIn(field) !== undefined);
  // The newest restore point of every chosen machine, as the engine adds it up, is what a full of the copy takes.
  const settings = { ...copySettingsOf(draft), name: 'preview', retention: { kind: 'points' as const, count: 1 } };
  const sized = useAnswer(
    repository === undefined || settings.sources.jobIds.length + settings.sources.repositoryIds.length === 0
      ? null
      : `copy size ${JSON.stringify([settings.sources, settings.repositoryId])}`,
    [],
    (engine, signal) => engine.jobs.preview({ settings: { ...settings, schedule: { kind: 'manual' } } }, { signal }),
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
        rule={retentionOf(draft.retention)}
        schedule={draft.mode === 'immediate' ? { ...draft.schedule, kind: 'continuous' } : draft.schedule}
        sizes={sizes}
        freeBytes={repository?.freeBytes ?? null}
      />
      <Advanced title={t.advanced} open={advanced || wrongInside} onToggle={setAdvanced}>
        <SelectField<CopyJobSettings['codec']>
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
        <KeyField binding={w.bind('keyId')} value={draft.keyId} keys={keys} onChange={(keyId) => w.update({ keyId })} />
        <Quiet>{t.keyHint}</Quiet>
      </Advanced>
    </>
  );
};
