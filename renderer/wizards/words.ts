import { formatBytes, formatCount } from '../../shared/domain/format.ts';
import { say } from '../say.ts';

export { formatCount as counted };

/** A moment in local time: `Sat, 21 Nov 2026, 22:00`. */
export const moment = (timeMs: number): string =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(timeMs);

/** A size in binary units; words where it is not known. */
export const size = (bytes: number | null): string => (bytes === null ? say('unknown size') : formatBytes(bytes));

/** A day in local time: `Sat, 21 Nov 2026`. */
export const day = (timeMs: number): string =>
  new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(
    timeMs,
  );
