import type { ReactElement } from 'react';
import type { JobRow } from '../../../shared/contract/jobs.ts';
import type { PoolRow } from '../../../shared/contract/tape.ts';
import type { RepositoryRow } from '../../../shared/contract/repositories.ts';
import type { JobSettings } from '../../../shared/domain/jobs/job-kinds.ts';
import type { SummaryItem } from '../../ui/wizard/summary-list.tsx';
import type { Answer } from '../engine.ts';
import type { WizardHandle } from '../wizard.tsx';
import type { JobDraft } from './settings-draft.ts';

/** What the pages of a job wizard know beside the draft. */
export interface JobPageFacts {
  jobs: readonly JobRow[];
  /** Of the job that is edited. */
  ownId: string | undefined;
  repositories: Answer<readonly RepositoryRow[]>;
  pools: Answer<readonly PoolRow[]>;
}

/** One page of a job wizard, with everything about it: which settings are on it, and how they stand in the summary. */
export interface JobStep<Settings extends JobSettings> {
  id: string;
  title: string;
  intro: string | ((draft: JobDraft<Settings>) => string);
  /** Settings on this page. */
  fields: readonly (keyof Settings & string)[];
  Page: (props: { w: WizardHandle<JobDraft<Settings>>; facts: JobPageFacts }) => ReactElement;
  summary(draft: JobDraft<Settings>, facts: JobPageFacts): readonly Pick<SummaryItem, 'term' | 'value'>[];
}
