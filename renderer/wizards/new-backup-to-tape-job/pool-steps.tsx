import type { ReactElement } from 'react';
import type { BackupToTapeSettings } from '../../../shared/domain/jobs/backup-to-tape.ts';
import { catalogue } from '../../say.ts';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { Note } from '../../ui/wizard/layout.tsx';
import type { JobPageFacts, JobStep } from '../job-pages/job-step.ts';
import type { JobDraft } from '../job-pages/settings-draft.ts';
import type { WizardHandle } from '../wizard.tsx';
import { PoolField } from './pool-field.tsx';

const t = catalogue({
  pool: 'Media Pool',
  poolIntro: 'The media pool for full backups. What the tapes do is set in the pool.',
  full: 'Media pool for full backups',
  fullTerm: 'Full backups to',
  incremental: 'Incremental Backup',
  incrementalIntro: 'Whether increments go to tape too, and to which pool.',
  increment: 'Media pool for increments',
  incrementTerm: 'Increments to',
  on: 'Write increments to tape',
  hint: 'Off: only fulls go to tape, and between them there is nothing to restore from tape.',
  offNote: 'Only full backups go to tape. Choose when virtual fulls are made under Options.',
  notWritten: 'not written to tape',
} as const);

interface PageProps {
  w: WizardHandle<JobDraft<BackupToTapeSettings>>;
  facts: JobPageFacts;
}

const nameOf = ({ pools }: JobPageFacts, id: string): string => pools.value?.find((pool) => pool.id === id)?.name ?? '';

const PoolPage = ({ w, facts }: PageProps): ReactElement => (
  <PoolField
    binding={w.bind('fullPoolId')}
    label={t.full}
    value={w.draft.fullPoolId}
    pools={facts.pools}
    onChange={(fullPoolId) => w.update({ fullPoolId })}
  />
);

/** Increments go where fulls go until another pool is chosen for them. */
const IncrementalPage = ({ w, facts }: PageProps): ReactElement => (
  <>
    <CheckField
      {...w.bind('writeIncrements')}
      label={t.on}
      hint={t.hint}
      value={w.draft.writeIncrements}
      onChange={(writeIncrements) => w.update({ writeIncrements })}
    />
    {w.draft.writeIncrements ? (
      <PoolField
        binding={w.bind('incrementPoolId')}
        label={t.increment}
        value={w.draft.incrementPoolId || w.draft.fullPoolId}
        pools={facts.pools}
        onChange={(id) => w.update({ incrementPoolId: id === w.draft.fullPoolId ? '' : id })}
      />
    ) : (
      <Note intent="info">{t.offNote}</Note>
    )}
  </>
);

export const poolStep: JobStep<BackupToTapeSettings> = {
  id: 'pool',
  title: t.pool,
  intro: t.poolIntro,
  fields: ['fullPoolId'],
  Page: PoolPage,
  summary: (draft, facts) => [{ term: t.fullTerm, value: nameOf(facts, draft.fullPoolId) }],
};

export const incrementalStep: JobStep<BackupToTapeSettings> = {
  id: 'incremental',
  title: t.incremental,
  intro: t.incrementalIntro,
  fields: ['writeIncrements', 'incrementPoolId'],
  Page: IncrementalPage,
  summary: (draft, facts) => [
    {
      term: t.incrementTerm,
      value: draft.writeIncrements ? nameOf(facts, draft.incrementPoolId || draft.fullPoolId) : t.notWritten,
    },
  ],
};
