import { expect, test, vi } from 'vitest';
import type { ListRequest, Page } from '../../shared/contract/common.ts';
import { createListSource, pageSize, plainView, toRequest } from './list-source.ts';

/** A limit for hangs, not for speed. */
const soon = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000 });

interface Row {
  id: string;
}

const idOf = (row: Row): string => row.id;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A list of `total` rows that counts how it is asked; `fail` makes it refuse. */
function engine(total: number) {
  const state = { total, fail: false, prefix: 'row' };
  const fetchPage = vi.fn(async ({ offset = 0, limit = 200 }: ListRequest): Promise<Page<Row>> => {
    await settle();
    if (state.fail) throw new RangeError('The engine refuses.');
    const count = Math.max(0, Math.min(limit, state.total - offset));
    return {
      rows: Array.from({ length: count }, (_, at) => ({ id: `${state.prefix}-${offset + at}` })),
      total: state.total,
    };
  });
  const list = createListSource<Row>(fetchPage, idOf, plainView);
  return { state, fetchPage, list };
}

async function loaded(total: number) {
  const made = engine(total);
  made.list.setView(plainView);
  await soon(() => expect(made.list.snapshot().status).toBe('ready'));
  return made;
}

test('only the pages that are looked at are fetched', async () => {
  const { list, fetchPage } = await loaded(100_000);
  expect(fetchPage).toHaveBeenCalledTimes(1);
  expect(list.snapshot().total).toBe(100_000);
  expect(list.snapshot().rowAt(99_999)).toBeUndefined();
  list.show(99_980, 99_999);
  await soon(() => expect(list.snapshot().rowAt(99_999)?.id).toBe('row-99999'));
  expect(fetchPage).toHaveBeenCalledTimes(2);
  list.show(99_980, 99_999);
  expect(fetchPage).toHaveBeenCalledTimes(2);
});

test('a refresh keeps the old rows on show until newer ones are there', async () => {
  const { list, state } = await loaded(10);
  state.prefix = 'newer';
  list.refresh();
  expect(list.snapshot().refreshing).toBe(true);
  expect(list.snapshot().rowAt(0)?.id).toBe('row-0');
  await soon(() => expect(list.snapshot().rowAt(0)?.id).toBe('newer-0'));
});

test('a refusal keeps the rows that there are; without any it is an error; and looking does not ask again', async () => {
  const { list, state, fetchPage } = await loaded(10);
  state.fail = true;
  list.refresh();
  await soon(() => expect(list.snapshot().problem?.message).toBe('The engine refuses.'));
  expect(list.snapshot().status).toBe('ready');
  expect(list.snapshot().rowAt(3)?.id).toBe('row-3');
  const asked = fetchPage.mock.calls.length;
  list.show(0, 5);
  list.show(0, 5);
  expect(fetchPage).toHaveBeenCalledTimes(asked);
  list.setView({ ...plainView, search: 'x' });
  await soon(() => expect(list.snapshot().status).toBe('error'));
  state.fail = false;
  list.refresh();
  await soon(() => expect(list.snapshot().status).toBe('ready'));
});

test('the answer to an old question is not taken for the answer to the new one', async () => {
  const { list, state } = await loaded(10);
  state.prefix = 'old';
  list.setView({ ...plainView, search: 'old' });
  state.prefix = 'new';
  list.setView({ ...plainView, search: 'new' });
  await soon(() => expect(list.snapshot().rowAt(0)?.id).toBe('new-0'));
});

test('held, a list neither grows nor moves; let go, it shows what came meanwhile', async () => {
  const { list, state } = await loaded(3);
  list.hold(true);
  state.total = 5;
  list.refresh();
  await soon(() => expect(list.snapshot().refreshing).toBe(false));
  expect(list.snapshot().total).toBe(3);
  list.hold(false);
  expect(list.snapshot().total).toBe(5);
  expect(list.snapshot().rowAt(4)?.id).toBe('row-4');
});

test('a range is whole, whether its rows are there or not', async () => {
  const { list } = await loaded(5000);
  const rows = await list.range(pageSize - 10, pageSize + 1500);
  expect(rows).toHaveLength(1511);
  expect(rows[0]?.id).toBe(`row-${pageSize - 10}`);
  expect(rows.at(-1)?.id).toBe(`row-${pageSize + 1500}`);
});

test('a request says only what is chosen', () => {
  expect(toRequest(plainView, 0, 200)).toEqual({ offset: 0, limit: 200 });
  expect(toRequest({ sort: { by: 'name', direction: 'asc' }, search: ' x ', filters: { kind: ['a'] } }, 1, 2)).toEqual({
    offset: 1,
    limit: 2,
    sort: { by: 'name', direction: 'asc' },
    search: 'x',
    filters: { kind: ['a'] },
  });
});
