import type { RetentionRule } from './retention.ts';
import type { Schedule } from './schedule.ts';

export type JobKind = 'backup' | 'backup-copy' | 'backup-to-tape';
export type Codec = 'none' | 'lz4' | 'zstd';

interface CommonJobSettings {
  name: string;
  description: string;
  schedule: Schedule;
  retry: { count: number; waitMinutes: number };
}

export interface SourceMachine {
  id?: string | undefined;
  name: string;
  platform: string;
  disks: { path: string; name?: string | undefined }[];
}

/** What a copy or tape job takes its restore points from. */
export interface BackupSelection {
  jobIds: string[];
  repositoryIds: string[];
  excludedMachineIds: string[];
}

export interface BackupSettings extends CommonJobSettings {
  kind: 'backup';
  machines: SourceMachine[];
  repositoryId: string;
  retention: RetentionRule;
  blockSizeBytes: number;
  codec: Codec;
  keyId?: string | undefined;
}

export interface BackupCopySettings extends CommonJobSettings {
  kind: 'backup-copy';
  mode: 'immediate' | 'periodic';
  sources: BackupSelection;
  repositoryId: string;
  retention: RetentionRule;
  codec: 'keep' | Codec;
  keyId?: string | undefined;
}

export interface BackupToTapeSettings extends CommonJobSettings {
  kind: 'backup-to-tape';
  sources: BackupSelection;
  fullPoolId: string;
  incrementPoolId?: string | undefined;
  latestPointOnly: boolean;
  virtualFull?: Schedule | undefined;
  parallelDrives: number;
  ejectMedia: boolean;
  exportMedia: boolean;
  waitForMediaHours: number;
}

export type JobSettings = BackupSettings | BackupCopySettings | BackupToTapeSettings;
