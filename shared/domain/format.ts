/** Sizes, rates and spans of time in words, and back. Sizes are binary: 1 KiB is 1024 bytes. */

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** `0 bytes`, `1 byte`, `1023 bytes`, `1.5 KiB`, `8 GiB`, `93.4 GiB`: three digits of it, never 1024 of a unit. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  const sign = bytes < 0 ? '-' : '';
  let value = Math.abs(bytes);
  if (value < 1024) return `${sign}${Math.round(value)} ${Math.round(value) === 1 ? 'byte' : 'bytes'}`;
  value /= 1024;
  let unit = 1;
  // 1023.9 KiB would be shown as 1024 KiB, so the step up comes at what rounds to it.
  for (; unit < units.length - 1 && value >= 1023.5; unit += 1) value /= 1024;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${sign}${Number(value.toFixed(digits))} ${units[unit]}`;
}

/** `93.4 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : '–';
}

/** `0.4 s`, `12 s`, `4 min 5 s`, `2 h 3 min`, `5 d 4 h`: the two largest units. Negative spans count as none. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const positive = Math.max(0, ms);
  if (positive < 9950) return `${Number((positive / 1000).toFixed(1))} s`;
  const seconds = Math.round(positive / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(positive / 60_000);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(positive / 3_600_000);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** `1 tape`, `3 tapes`; `plural` for words that do not take an s. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/**
 * Bytes of a size that a person wrote: `16 MiB`, `1.5 GiB`, `8G`, `1024`, `3 TB`. Units are binary whatever their
 * spelling, as storage consoles read them; without a unit it is bytes. Null when it is no size, negative or too large.
 */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d{1,15}(?:[.,]\d{1,6})?)\s*(?:([kmgtpe])(?:i?b)?|b|bytes?)?\s*$/i.exec(text);
  if (!match) return null;
  const power = match[2] ? 'kmgtpe'.indexOf(match[2].toLowerCase()) + 1 : 0;
  const bytes = Math.round(Number(match[1]!.replace(',', '.')) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A moment for log lines, which are read in many zones: `2026-11-21 08:22:17 UTC`. */
export function formatUtc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
