import type { ReadableFile, WritableFile } from '../files/file-place.ts';
import { callAndWait, ThreadCallFailure } from '../pipeline/thread-call.ts';
import { readAt, writeAt } from './block-io.ts';
import { asBackupFileError, BackupFileError, isBackupFileErrorCode } from './errors.ts';

/**
 * How a worker thread reaches an open file: by its descriptor, which all threads of the process share, or, where it has
 * none, through the thread that opened it.
 */
export type FileAddress = { fd: number } | { remote: number };

/** A file as a worker gets it. */
export interface WorkerFile {
  at: FileAddress;
  /** Named in errors. */
  path: string;
}

interface FileCall {
  remote: number;
  operation: 'read' | 'write';
  position: number;
  length: number;
}

const remoteFiles = new Map<number, ReadableFile | WritableFile>();
let nextRemote = 1;

/** Lets workers reach a file until {@link withdraw}. */
export function offer(file: ReadableFile): FileAddress {
  if (file.descriptor !== undefined) return { fd: file.descriptor };
  const remote = nextRemote++;
  remoteFiles.set(remote, file);
  return { remote };
}

export function withdraw(at: FileAddress | undefined): void {
  if (at && 'remote' in at) remoteFiles.delete(at.remote);
}

/** Serves the calls that {@link readFrom} and {@link writeTo} make in a worker. */
export async function serveFileCall(call: unknown, bytes: Uint8Array): Promise<number> {
  const { remote, operation, position, length } = call as FileCall;
  const file = remoteFiles.get(remote);
  if (!file) throw new BackupFileError('io-error', '', 'The file is not open any more.');
  const part = bytes.subarray(0, length);
  try {
    if (operation === 'read') return await file.read(part, position);
    if (!('write' in file)) throw new TypeError(`${file.name} was opened for reading.`);
    await file.write(part, position);
    return length;
  } catch (error) {
    throw asBackupFileError(error, file.name, operation === 'read' ? 'Reading' : 'Writing');
  }
}

/** In a worker: fills `target`; fewer bytes only at the end of the file. Errors are typed and name the file. */
export function readFrom({ at, path }: WorkerFile, target: Uint8Array, position: number): number {
  if ('fd' in at) return readAt(at.fd, path, target, position);
  return call({ remote: at.remote, operation: 'read', position, length: target.length }, path, 'in', target);
}

/** In a worker: writes all of `bytes`. `mostAtOnce` as for {@link writeAt}. */
export function writeTo({ at, path }: WorkerFile, bytes: Uint8Array, position: number, mostAtOnce?: number): void {
  if ('fd' in at) return writeAt(at.fd, path, bytes, position, mostAtOnce);
  call({ remote: at.remote, operation: 'write', position, length: bytes.length }, path, 'out', bytes);
}

function call(what: FileCall, path: string, direction: 'in' | 'out', bytes: Uint8Array): number {
  try {
    return callAndWait(what, direction, bytes);
  } catch (error) {
    if (!(error instanceof ThreadCallFailure)) throw error;
    const { code, path: where } = error.details;
    const known = isBackupFileErrorCode(code) ? code : 'io-error';
    throw new BackupFileError(known, typeof where === 'string' ? where : path, error.message, { cause: error });
  }
}
