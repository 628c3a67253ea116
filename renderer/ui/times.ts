import { say } from '../say.ts';

/** Times in words: local, sortable by eye, with UTC at hand for the tooltip. */

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-20 14:05`, local time. */
export function formatTime(timeMs: number | null): string {
  if (timeMs === null) return '';
  const time = new Date(timeMs);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** `14:05:09`, local time. */
export function formatClock(timeMs: number): string {
  const time = new Date(timeMs);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** The same moment in UTC, to the second: `2026-11-20 13:05:09 UTC`. */
export function formatUtc(timeMs: number | null): string {
  if (timeMs === null) return '';
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `12,345,678 bytes`, for the tooltip of a rounded size. */
export function exactBytes(sizeBytes: number | null): string {
  return sizeBytes === null ? '' : say`${sizeBytes.toLocaleString('en')} bytes`;
}
