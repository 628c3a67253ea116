import type { ListRequest, Page } from '../../shared/contract/common.ts';
import { arrangePage } from './arrange-page.ts';
import { type Problem, problemOf } from './problem.ts';

/** How a list is sorted, searched and filtered; the engine does it. */
export interface ListView {
  sort: { by: string; direction: 'asc' | 'desc' } | null;
  search: string;
  filters: Record<string, string[]>;
}

export const plainView: ListView = { sort: null, search: '', filters: {} };

/** What a list shows at one moment. A new object for every change. */
export interface ListSnapshot<T> {
  status: 'loading' | 'ready' | 'error';
  /** True while newer rows are fetched. */
  refreshing: boolean;
  problem: Problem | null;
  total: number;
  rowAt: (index: number) => T | undefined;
}

export interface ListSource<T> {
  subscribe: (listener: () => void) => () => void;
  snapshot: () => ListSnapshot<T>;
  /** Says which rows are looked at; pages not there yet are fetched. */
  show: (first: number, last: number) => void;
  /** All rows of a range, fetched where needed; at most `rangeLimit`. */
  range: (first: number, last: number, signal?: AbortSignal) => Promise<T[]>;
  setView: (view: ListView) => void;
  refresh: () => void;
  /** While held, rows keep their places: values change, rows neither come nor go nor move. */
  hold: (held: boolean) => void;
  dispose: () => void;
}

export const pageSize = 200;
/** More rows than this are neither selected nor copied at once. */
export const rangeLimit = 100_000;
const bulkPageSize = 1000;

interface Loaded<T> {
  rows: readonly T[];
  /** What came while the list was held and would have moved rows. */
  pending: readonly T[] | null;
  stale: boolean;
}

export function toRequest(view: ListView, offset: number, limit: number): ListRequest {
  return {
    offset,
    limit,
    ...(view.sort === null ? {} : { sort: view.sort }),
    ...(view.search.trim() === '' ? {} : { search: view.search.trim() }),
    ...(Object.keys(view.filters).length === 0 ? {} : { filters: view.filters }),
  };
}

/**
 * A list that the engine pages, sorts and filters, as a window of pages of which only those looked at are fetched. Old
 * rows stay on show until newer ones are there.
 */
export function createListSource<T>(
  fetchPage: (request: ListRequest, signal: AbortSignal) => Promise<Page<T>>,
  idOf: (row: T) => string,
  firstView: ListView,
): ListSource<T> {
  const listeners = new Set<() => void>();
  let view = firstView;
  let pages = new Map<number, Loaded<T>>();
  let total = 0;
  let pendingTotal: number | null = null;
  let status: ListSnapshot<T>['status'] = 'loading';
  let problem: Problem | null = null;
  let held = false;
  let shown: [number, number] = [0, 0];
  /** Set by a new view: what comes next replaces everything, even while held. */
  let replaceAll = true;
  const running = new Map<number, AbortController>();
  /** Not asked for again by mere looking: that would be a storm against an engine that refuses. */
  const failed = new Set<number>();
  let snapshot: ListSnapshot<T> = makeSnapshot();

  function makeSnapshot(): ListSnapshot<T> {
    const current = pages;
    return {
      status,
      refreshing: running.size > 0,
      problem,
      total,
      rowAt: (index) => current.get(Math.floor(index / pageSize))?.rows[index % pageSize],
    };
  }

  function changed(): void {
    snapshot = makeSnapshot();
    for (const listener of listeners) listener();
  }

  function arrived(page: number, result: Page<T>): void {
    if (replaceAll) {
      pages = new Map([[page, { rows: result.rows, pending: null, stale: false }]]);
      total = result.total;
      pendingTotal = null;
      replaceAll = false;
    } else {
      const old = pages.get(page)?.rows ?? [];
      const arranged = arrangePage(old, result.rows, idOf, held);
      pages = new Map(pages).set(page, { ...arranged, stale: false });
      if (held) {
        pendingTotal = result.total === total ? null : result.total;
        total = Math.max(total, page * pageSize + arranged.rows.length);
      } else {
        total = result.total;
        pendingTotal = null;
      }
    }
    status = 'ready';
    problem = null;
  }

  function load(page: number): void {
    running.get(page)?.abort();
    const controller = new AbortController();
    running.set(page, controller);
    const settled = (): boolean => {
      if (controller.signal.aborted) return false;
      running.delete(page);
      return true;
    };
    fetchPage(toRequest(view, page * pageSize, pageSize), controller.signal).then(
      (result) => {
        if (!settled()) return;
        arrived(page, result);
        loadShown();
        changed();
      },
      (error: unknown) => {
        if (!settled()) return;
        problem = problemOf(error);
        failed.add(page);
        if (pages.size === 0 || replaceAll) status = 'error';
        changed();
      },
    );
  }

  function loadShown(): void {
    const lastPage = Math.floor(Math.max(0, total - 1) / pageSize);
    for (
      let page = Math.floor(shown[0] / pageSize);
      page <= Math.min(lastPage, Math.floor(shown[1] / pageSize));
      page++
    ) {
      const loaded = pages.get(page);
      if ((loaded === undefined || loaded.stale) && !running.has(page) && !failed.has(page)) load(page);
    }
  }

  function abortAll(): void {
    for (const controller of running.values()) controller.abort();
    running.clear();
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => snapshot,
    show: (first, last) => {
      shown = [first, last];
      if (status === 'ready' && !replaceAll) {
        const before = running.size;
        loadShown();
        if (running.size !== before) changed();
      }
    },
    range: async (first, last, signal) => {
      const from = Math.max(0, Math.min(first, last));
      const to = Math.min(total - 1, Math.max(first, last), from + rangeLimit - 1);
      const rows: T[] = [];
      let index = from;
      while (index <= to) {
        const row = snapshot.rowAt(index);
        if (row !== undefined) {
          rows.push(row);
          index += 1;
          continue;
        }
        const limit = Math.min(bulkPageSize, to - index + 1);
        const result = await fetchPage(toRequest(view, index, limit), signal ?? new AbortController().signal);
        if (result.rows.length === 0) break;
        rows.push(...result.rows);
        index += result.rows.length;
      }
      return rows;
    },
    setView: (next) => {
      view = next;
      replaceAll = true;
      shown = [0, Math.max(0, shown[1] - shown[0])];
      abortAll();
      failed.clear();
      load(0);
      changed();
    },
    refresh: () => {
      failed.clear();
      pages = new Map([...pages].map(([page, loaded]) => [page, { ...loaded, stale: true }]));
      if (replaceAll || pages.size === 0 || status === 'error') {
        if (status === 'error') status = 'loading';
        replaceAll = true;
        abortAll();
        load(Math.floor(shown[0] / pageSize));
      } else {
        // One page always, so that the total is known again even when nothing is on show.
        abortAll();
        loadShown();
        if (running.size === 0) load(0);
      }
      changed();
    },
    hold: (next) => {
      if (held === next) return;
      held = next;
      if (held) return;
      const waited = pendingTotal !== null || [...pages.values()].some((loaded) => loaded.pending !== null);
      if (!waited) return;
      pages = new Map(
        [...pages].map(([page, loaded]) => [page, { ...loaded, rows: loaded.pending ?? loaded.rows, pending: null }]),
      );
      total = pendingTotal ?? total;
      pendingTotal = null;
      loadShown();
      changed();
    },
    dispose: () => {
      abortAll();
      listeners.clear();
    },
  };
}
