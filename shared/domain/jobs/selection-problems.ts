import type { JobFacts, JobProblem } from './kind.ts';
import type { BackupSelection } from './shapes.ts';

/** What is wrong with a choice of backups to read: nothing chosen, or a job that has none on disk. */
export function selectionProblems(sources: BackupSelection, facts: JobFacts): JobProblem[] {
  const problem = (message: string, advice: string): JobProblem => ({ field: 'sources', message, advice });
  if (sources.jobIds.length + sources.repositoryIds.length === 0) {
    return [problem('Nothing is selected.', 'Choose at least one job or repository.')];
  }
  return sources.jobIds.flatMap((jobId) => {
    const source = facts.jobs.find((job) => job.id === jobId);
    if (!source) return [problem('A selected job is not there any more.', 'Choose again.')];
    if (source.id === facts.ownId) return [problem('A job cannot read what it makes itself.', 'Choose another job.')];
    return source.repositoryId === null
      ? [problem(`“${source.name}” keeps no backups on disk to read.`, 'Choose another job.')]
      : [];
  });
}
