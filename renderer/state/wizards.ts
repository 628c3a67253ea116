import { create } from 'zustand';
import type { JobKind } from '../../shared/domain/jobs/job-kinds.ts';

/** The wizard of each kind of job. */
export type JobWizardName = `new-${JobKind}-job`;

/** A job to edit, or what is chosen beforehand for a new one; what a kind has no use for is left out. */
export interface JobWizardProps {
  jobId?: string;
  sourceJobIds?: string[];
  poolId?: string;
}

/** Every wizard with what it can be opened with: ids to edit, or what is chosen beforehand. */
export interface WizardProps extends Record<JobWizardName, JobWizardProps> {
  'restore-from-tape': { pointIds?: string[]; machineIds?: string[] };
  'add-repository': { repositoryId?: string };
  'add-virtual-library': Record<string, never>;
  'attach-library': { libraryId?: string };
  'new-media-pool': { poolId?: string; mediaIds?: string[] };
  'restore-disks': { pointIds: string[] };
}
export type WizardName = keyof WizardProps;

export type OpenWizard = { [Name in WizardName]: { name: Name; props: WizardProps[Name] } }[WizardName];

/** Which wizard is open, one at a time; `inner`: one that a page of it has opened over it. */
export const useWizards = create<{ open: OpenWizard | null; inner: WizardName | null }>(() => ({
  open: null,
  inner: null,
}));

export function openWizard<Name extends WizardName>(name: Name, props: WizardProps[Name]): void {
  useWizards.setState({ open: { name, props } as OpenWizard });
}

/** Returns what tells that it has closed. */
export function openInnerWizard(name: WizardName): () => void {
  useWizards.setState({ inner: name });
  return () => useWizards.setState({ inner: null });
}

export function closeWizard(): void {
  useWizards.setState({ open: null });
}
