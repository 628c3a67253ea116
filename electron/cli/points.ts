import type { BackupOrigin, PointRow } from '../../shared/contract/backups.ts';
import type { EngineClient } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { allPages, finders } from './find.ts';
import { formatTime, parseTime } from './quantities.ts';

export const pointHelp = `Restore points are named by id, by machine (its newest point), or by machine@time (the newest at or before it):
web01, web01@2026-11-20, "web01@2026-11-20 22:00".`;

export type Place = 'tape' | 'disk';

/** The restore points that the texts name, on disk or on tape, each once. */
export async function resolvePoints(engine: EngineClient, texts: readonly string[], place: Place): Promise<PointRow[]> {
  const points: PointRow[] = [];
  for (const text of texts) {
    const point = await resolvePoint(engine, text, place);
    if (!points.some((other) => other.id === point.id)) points.push(point);
  }
  return points;
}

async function resolvePoint(engine: EngineClient, text: string, place: Place): Promise<PointRow> {
  const at = text.lastIndexOf('@');
  const [machineName, before] = at > 0 ? [text.slice(0, at), parseTime(text.slice(at + 1))] : [text, undefined];
  let machineId: string;
  try {
    machineId = (await finders(engine).machine(machineName)).id;
  } catch (error) {
    if (before !== undefined || !(error instanceof CliError) || error.exitCode !== exitCodes.notFound) throw error;
    return pointById(engine, text, place);
  }
  const points = await allPages((offset) => engine.backups.points({ offset, limit: 1000, machineId }));
  const newest = choosePoint(points, place, before);
  if (newest) return newest;
  const when = before === undefined ? '' : ` from ${formatTime(before)} or before`;
  const elsewhere = choosePoint(points, place === 'tape' ? 'disk' : 'tape', before);
  throw new CliError(
    exitCodes.notFound,
    `${machineName} has no complete restore point on ${place}${when}.`,
    elsewhere ? `There is one on ${place === 'tape' ? 'disk' : 'tape'}: ${elsewhere.locationName}.` : undefined,
  );
}

/** The newest whole point at a place, at or before a time. */
export function choosePoint(
  points: readonly PointRow[],
  place: Place,
  before: number | undefined,
): PointRow | undefined {
  return points
    .filter((point) => isAt(point.origin, place) && point.state === 'complete')
    .filter((point) => before === undefined || point.createdAt <= before)
    .sort((a, b) => b.createdAt - a.createdAt || originRank(a.origin) - originRank(b.origin))[0];
}

// Of equal points the primary one is read first, then its copies.
function originRank(origin: BackupOrigin): number {
  return ['disk', 'copy', 'imported', 'orphaned', 'tape'].indexOf(origin);
}

function isAt(origin: BackupOrigin, place: Place): boolean {
  return (origin === 'tape') === (place === 'tape');
}

async function pointById(engine: EngineClient, id: string, place: Place): Promise<PointRow> {
  const points = await allPages((offset) => engine.backups.points({ offset, limit: 1000 }));
  const found =
    points.find((point) => point.id === id) ??
    points.find((point) => point.pointId === id && isAt(point.origin, place));
  if (found && isAt(found.origin, place)) return found;
  throw new CliError(
    exitCodes.notFound,
    found ? `Restore point ${id} is not on ${place}.` : `"${id}" is neither a machine nor a restore point.`,
    '"reelvault points list" lists all.',
  );
}
