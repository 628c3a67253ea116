import type { Page } from '../../shared/contract/common.ts';
import type { JobRow } from '../../shared/contract/jobs.ts';
import { type JobKind, rulesOf } from '../../shared/domain/jobs/job-kinds.ts';
import type { MediaRow } from '../../shared/contract/tape.ts';
import type { EngineClient } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { didYouMean } from './suggestions.ts';

interface Found {
  id: string;
}

interface Search<Row extends Found> {
  /** What is looked for: "repository". */
  what: string;
  page: (query: { offset: number; limit: number; search?: string }) => Promise<Page<Row>>;
  /** Every text that names a row, besides its id. */
  names: (row: Row) => string[];
  accepts?: (row: Row) => boolean;
  /** Where all of them are listed. */
  listedBy: string;
}

const pageSize = 1000;
const longestSearch = 200;

/**
 * The one object that `text` names: by id, by name, or by name in other capitals. Nothing found ends with exit code 4
 * and a guess; several of the same name end with 2 and their ids.
 */
async function find<Row extends Found>(search: Search<Row>, text: string): Promise<Row> {
  const rows = async (query: { search?: string }): Promise<Row[]> => {
    const all = await allPages((offset) => search.page({ offset, limit: pageSize, ...query }));
    return search.accepts ? all.filter(search.accepts) : all;
  };
  const likely = text.length > longestSearch ? [] : await rows({ search: text });
  const hit = pick(search, likely, text);
  if (hit) return hit;
  // The engine's search does not look at ids.
  const all = await rows({});
  const byId = pick(search, all, text);
  if (byId) return byId;
  throw new CliError(
    exitCodes.notFound,
    `There is no ${search.what} "${text}".`,
    `${didYouMean(text, all.flatMap(search.names))}"${search.listedBy}" lists all.`,
  );
}

function pick<Row extends Found>(search: Search<Row>, rows: readonly Row[], text: string): Row | undefined {
  const byId = rows.find((row) => row.id === text);
  if (byId) return byId;
  const exact = rows.filter((row) => search.names(row).includes(text));
  const lower = text.toLowerCase();
  const matching =
    exact.length > 0 ? exact : rows.filter((row) => search.names(row).some((name) => name.toLowerCase() === lower));
  if (matching.length <= 1) return matching[0];
  throw new CliError(
    exitCodes.usage,
    `"${text}" names ${matching.length} of them.`,
    `Use the id: ${matching.map((row) => row.id).join(', ')}.`,
  );
}

/** Every row of a paged list. */
export async function allPages<Row>(page: (offset: number) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const { rows: some, total } = await page(rows.length);
    rows.push(...some);
    if (some.length === 0 || rows.length >= total) return rows;
  }
}

/** Finders of everything that commands name. */
export function finders(engine: EngineClient) {
  const job =
    (kind?: JobKind) =>
    (text: string): Promise<JobRow> =>
      find<JobRow>(
        {
          what: kind === undefined ? 'job' : rulesOf(kind).name,
          page: (query) => engine.jobs.list(query),
          names: (row) => [row.name],
          accepts: (row) => kind === undefined || row.kind === kind,
          listedBy: 'reelvault job list',
        },
        text,
      );
  return {
    job: job(),
    jobOf: job,
    repository: (text: string) =>
      find(
        {
          what: 'repository',
          page: (query) => engine.repositories.list(query),
          names: (row) => [row.name, row.path],
          listedBy: 'reelvault repository list',
        },
        text,
      ),
    library: (text: string) =>
      find(
        {
          what: 'tape library',
          page: (query) => engine.tape.libraries(query),
          names: (row) => [row.name],
          listedBy: 'reelvault library list',
        },
        text,
      ),
    pool: (text: string) =>
      find(
        {
          what: 'media pool',
          page: (query) => engine.pools.list(query),
          names: (row) => [row.name],
          listedBy: 'reelvault pool list',
        },
        text,
      ),
    medium: (text: string): Promise<MediaRow> =>
      find(
        {
          what: 'tape',
          page: (query) => engine.media.list(query),
          names: (row) => [row.barcode, row.name],
          listedBy: 'reelvault media list',
        },
        text,
      ),
    key: (text: string) =>
      find(
        {
          what: 'key',
          page: (query) => engine.credentials.keys(query),
          names: (row) => [row.name],
          listedBy: 'reelvault key list',
        },
        text,
      ),
    machine: (text: string) =>
      find(
        {
          what: 'machine',
          page: (query) => engine.backups.machines(query),
          names: (row) => [row.name],
          listedBy: 'reelvault points list',
        },
        text,
      ),
    session: (text: string) =>
      find(
        {
          what: 'session',
          page: (query) => engine.sessions.list(query),
          names: () => [],
          listedBy: 'reelvault session list',
        },
        text,
      ),
  };
}
