import type { EngineContext } from './engine-context.ts';
import type { FileReference } from './tasks/task-ports.ts';

/** Brings a restore point that a job has just made into the catalogue: its file is whole and durable under its name. */
export function registersPointsOf(
  { repositories, changes }: Pick<EngineContext, 'repositories' | 'changes'>,
  jobId: string,
): (commit: { file: FileReference }) => Promise<void> {
  return async ({ file }) => {
    await repositories.contents.register(file.repositoryId, [file.path], { jobId, imported: false, isNew: true });
    changes.publish('backups');
  };
}
