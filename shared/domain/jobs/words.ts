/** Sentences that several kinds of job say about themselves. */
import { formatCount } from '../format.ts';
import type { JobNames } from './kind.ts';
import type { BackupSelection, RetentionRule } from './shapes.ts';

export function retentionSentence(rule: RetentionRule): string {
  return rule.kind === 'points'
    ? `Keeps ${formatCount(rule.count, 'restore point')} of each machine; older ones are merged into the full.`
    : `Keeps the restore points of ${formatCount(rule.days, 'day')}; older ones are merged into the full.`;
}

export function encryptionSentence(keyId: string | undefined, names: JobNames): string {
  return keyId === undefined ? 'Not encrypted.' : `Encrypted with the key “${names.key(keyId)}”.`;
}

export function selectionNames(sources: BackupSelection, names: JobNames): string[] {
  return [...sources.jobIds.map(names.job), ...sources.repositoryIds.map(names.repository)];
}
