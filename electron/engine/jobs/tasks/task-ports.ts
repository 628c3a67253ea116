import type { LogDetails, LogLevel } from '../../../../shared/domain/session-types.ts';
import type { FilePlace } from '../../files/file-place.ts';
import type { PartReport } from '../../pipeline/progress.ts';

/**
 * The line between the coordinator and what it hands out. A task is a plain value that says everything its work needs:
 * facts, references to files, keys. The work gets that value, the ports below and a signal, and nothing else: it knows
 * neither the catalogue nor other tasks, and could run in another process on another host. What is durable on the medium
 * it reports as a commit, and goes on once the coordinator has it in the catalogue.
 */
export type RunTask<Task, Commit, Result = void> = (
  task: Serialisable<Task>,
  ports: TaskPorts<Commit>,
  signal: AbortSignal,
) => Promise<Result>;

/** A value that is the same after a way through JSON; functions, classes and handles are not. */
export type Serialisable<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends ((...of: never) => unknown) | Map<unknown, unknown> | Set<unknown> | ArrayBufferView | Date | bigint
    ? never
    : { [K in keyof T]: Serialisable<T[K]> };

export interface TaskPorts<Commit> {
  /** Everything counted since the task began. */
  progress(report: PartReport): void;
  log(level: LogLevel, text: string, more?: LogDetails): void;
  /** Of what is durable on its medium. Resolves once the catalogue has it durably, too. */
  commit(commit: Commit): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The repositories that the host of the task can reach. */
  repositories: RepositoryReach;
}

/** A file in a repository; `path` is relative to the root, with `/`. */
export interface FileReference {
  repositoryId: string;
  path: string;
}

/** Repositories as files and folders, without what the catalogue knows of their contents. */
export interface RepositoryReach {
  /** Throws RepositoryUnavailable. */
  requireAvailable(repositoryId: string): Promise<unknown>;
  /** Throws unless the repository is there and has this much room. */
  requireWritable(repositoryId: string, neededBytes?: number): Promise<void>;
  /** Where a file is; `path` is relative to the root. */
  place(repositoryId: string, path: string): FilePlace;
  /** A path for a new backup file that nothing has yet. Relative to the root. */
  newFilePath(
    repositoryId: string,
    folder: string,
    machineName: string,
    createdAt: number,
    kind: 'full' | 'increment',
  ): Promise<string>;
}
