/** Backup files by their paths: for tests, whose files all lie on this host and are damaged, cut and compared there. */
import { type FilePlace } from '../../files/file-place.ts';
import { LocalPlace } from '../../files/local-file.ts';
import { openFileSource as openSource } from '../byte-source.ts';
import { checkFile as check, type CheckOptions, type CheckReport, checkPoint as checkWhole } from '../check.ts';
import { compact as compactPlace } from '../compact.ts';
import { copyPoint as copy, type CopyPointOptions } from '../copy-point.ts';
import { finishInterruptedMerge as finishMerge, mergeIntoFull as merge, type MergeOptions } from '../merge.ts';
import { openPoint as openPlaces, type PointReader } from '../point-reader.ts';
import { exportRecoveryKeys as exportKeys } from '../recovery-file.ts';
import { restoreDisk as restore, type RestoreDiskOptions, type RestoredDisk } from '../restore-disk.ts';
import type { BackupFileInfo, Keys } from '../restore-point.ts';
import { readBackupFileInfo as readInfo, readSuperblock as readHead, type SuperblockFacts } from '../stored-file.ts';
import { openVirtualFull as openFull, type VirtualFullOptions } from '../virtual-full.ts';
import { writeBackup as write, type WriteBackupOptions } from '../write-backup.ts';

const place = (path: string): FilePlace => new LocalPlace(path);
const places = (paths: readonly string[]): FilePlace[] => paths.map(place);

export type BackupByPath = Omit<WriteBackupOptions, 'target' | 'chain'> & { targetPath: string; chain: string[] };

export const writeBackup = ({ targetPath, chain, ...rest }: BackupByPath): Promise<BackupFileInfo> =>
  write({ ...rest, target: place(targetPath), chain: places(chain) });

export type CopyByPath = Omit<CopyPointOptions, 'target' | 'sources'> & { targetPath: string; sources: string[] };

export const copyPoint = ({ targetPath, sources, ...rest }: CopyByPath): ReturnType<typeof copy> =>
  copy({ ...rest, target: place(targetPath), sources: places(sources) });

export const mergeIntoFull = ({
  fullPath,
  incrementPath,
  ...rest
}: Omit<MergeOptions, 'full' | 'increment'> & {
  fullPath: string;
  incrementPath: string;
}): Promise<BackupFileInfo> => merge({ ...rest, full: place(fullPath), increment: place(incrementPath) });

export const finishInterruptedMerge = async (path: string, candidates: string[], keys?: Keys): Promise<string[]> =>
  (await finishMerge(place(path), places(candidates), keys)).map(({ name }) => name);

export const compact = ({ path, keys }: { path: string; keys?: Keys }): Promise<BackupFileInfo> =>
  compactPlace({ place: place(path), keys });

export const restoreDisk = ({
  paths,
  ...rest
}: Omit<RestoreDiskOptions, 'sources'> & { paths: string[] }): Promise<RestoredDisk> =>
  restore({ ...rest, sources: places(paths) });

export type VirtualFullByPath = Omit<VirtualFullOptions, 'sources'> & { sources: string[] };

export const openVirtualFull = ({ sources, ...rest }: VirtualFullByPath): ReturnType<typeof openFull> =>
  openFull({ ...rest, sources: places(sources) });

export const exportRecoveryKeys = ({
  paths,
  ...rest
}: Omit<Parameters<typeof exportKeys>[0], 'files'> & { paths: string[] }): Promise<string> =>
  exportKeys({ ...rest, files: places(paths) });

export const checkFile = (path: string, options: CheckOptions): Promise<CheckReport> => check(place(path), options);
export const checkPoint = (paths: string[], options: CheckOptions): Promise<CheckReport> =>
  checkWhole(places(paths), options);
export const openPoint = (paths: string[], keys?: Keys): Promise<PointReader> => openPlaces(places(paths), keys);
export const readBackupFileInfo = (path: string, keys?: Keys): Promise<BackupFileInfo> => readInfo(place(path), keys);
export const readSuperblock = (path: string): Promise<SuperblockFacts> => readHead(place(path));
export const openFileSource = (path: string): ReturnType<typeof openSource> => openSource(place(path));
