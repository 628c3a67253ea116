import type { Database } from '../database/database.ts';
import { queryPage } from '../database/page-query.ts';
import type { PageRequest, PageResult } from '../database/paging.ts';
import type { Surface, UnitOfWork } from '../database/unit-of-work.ts';

/** Who did what to which object, by its name. */
export interface AuditLine {
  at: number;
  who: string;
  action: string;
  object: string;
}

export type AuditStore = Surface<SqlAuditStore>;

/** What administrators did. Nothing is ever taken out. */
export class SqlAuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  append(work: UnitOfWork, { at, who, action, object }: AuditLine): void {
    this.#database.insert(work, 'audit', { at, who, action, object });
  }

  page(request: PageRequest): PageResult<AuditLine & { id: number }> {
    return queryPage(
      this.#database,
      {
        from: 'audit',
        select: '*',
        columns: { at: 'at', who: 'who', action: 'action', object: 'object' },
        searched: ['who', 'action', 'object'],
        defaultSort: { by: 'at', direction: 'desc' },
        tieBreak: 'id DESC',
      },
      request,
    );
  }
}
