import { parseBytes } from '../../shared/domain/format.ts';
import { usageError } from './exit-codes.ts';

/** `16 GiB`, `16G`, `512 MiB`, `1048576` → bytes. */
export function parseSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === null) throw usageError(`"${text}" is not a size.`, 'Write it like 16 GiB, 512 MiB or 1048576.');
  return bytes;
}

/** Local time to the minute, `2026-11-21 07:23`; an empty text for none. */
export function formatTime(timeMs: number | null): string {
  if (timeMs === null) return '';
  const at = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A local date or time (`2026-11-20`, `2026-11-20 22:00`) or an ISO time with a zone → the last millisecond it names. */
export function parseTime(text: string): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (day) {
    const end = new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]) + 1).getTime() - 1;
    const named = new Date(end);
    if (named.getDate() === Number(day[3]) && named.getMonth() === Number(day[2]) - 1) return end;
  }
  const minute = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?$/.exec(text);
  if (minute) {
    const start = new Date(`${minute[1]}T${minute[2]}${minute[3] ?? ':00'}`).getTime();
    if (!Number.isNaN(start)) return start + (minute[3] === undefined ? 59_999 : 999);
  }
  if (/^\d{4}-\d{2}-\d{2}T\S+(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    const at = Date.parse(text);
    if (!Number.isNaN(at)) return at;
  }
  throw usageError(`"${text}" is not a time.`, 'Write it like 2026-11-20, "2026-11-20 22:00" or 2026-11-20T21:00:00Z.');
}
