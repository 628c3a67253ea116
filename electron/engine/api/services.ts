import type { AuditStore } from '../audit/audit-store.ts';
import type { EngineContext } from '../jobs/engine-context.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { BackupListStore } from '../points/backup-list-store.ts';
import type { Versions } from '../versions/versions.ts';
import type { PointListStore } from '../points/point-list-store.ts';

/** Everything a handler may call. */
export interface Services extends EngineContext {
  jobs: JobService;
  auditTrail: AuditStore;
  versions: Versions;
  backupList: BackupListStore;
  pointList: PointListStore;
  startedAt: number;
  version: string;
  audit(who: string, action: string, object: string): void;
}
