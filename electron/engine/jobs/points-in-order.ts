import type { PointRecord } from '../repository/backup-store.ts';

type Ordered = Pick<PointRecord, 'createdAt' | 'kind' | 'path'>;

/**
 * The points of a machine's chains as one line, oldest first, in the order in which their files were made: every increment
 * stands right behind what it builds on. Two chains hold the same restore point where an active full was made of a point
 * that was there already; then the chain that goes on is the later one, an increment is older than the full of its point,
 * and fulls of one point have numbers in their names.
 */
export function pointsInOrder<Point extends Ordered>(chains: readonly (readonly Point[])[]): Point[] {
  return chains
    .flatMap((points) => {
      const newest = Math.max(...points.map((point) => point.createdAt));
      return points.map((point) => ({ point, newest }));
    })
    .sort(
      (a, b) =>
        a.point.createdAt - b.point.createdAt ||
        a.newest - b.newest ||
        Number(a.point.kind === 'full') - Number(b.point.kind === 'full') ||
        a.point.path.length - b.point.path.length ||
        (a.point.path < b.point.path ? -1 : 1),
    )
    .map(({ point }) => point);
}
