import type { JobKind } from '../shared/domain/jobs/job-kinds.ts';
import { rulesOf } from '../shared/domain/jobs/job-kinds.ts';
import type { IconName } from './ui/icons.tsx';

/** By what such a job makes: backups, copies of them, or tapes. */
export function jobIcon(kind: JobKind): IconName {
  const { makes } = rulesOf(kind);
  return makes === 'primary' ? 'backup' : makes === 'copy' ? 'copyJob' : 'tape';
}
