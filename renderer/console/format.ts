/** What stands where there is no figure yet. */
export const NO_FIGURE = '–';

/** A figure with a fixed number of decimals and a real minus sign; a dash where there is none. Never `-0.0`. */
export function formatNumber(value: number | null | undefined, decimals = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

/** Milliseconds at the precision that can be read: one decimal below ten. */
export function formatMs(value: number | null | undefined): string {
  return formatNumber(value, value !== null && value !== undefined && Math.abs(value) < 9.95 ? 1 : 0);
}

/** A count that may grow for days: 12 345 → `12.3k`. */
export function formatCount(value: number): string {
  if (value < 10_000) return String(Math.round(value));
  if (value < 1_000_000) return `${(value / 1000).toFixed(1)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** mm:ss, h:mm:ss beyond an hour. */
export function formatDuration(durationUs: number): string {
  const seconds = Math.max(0, Math.floor(durationUs / 1_000_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

/** Time of day of this machine, hh:mm:ss. */
export function formatTime(timestampUs: number): string {
  const date = new Date(timestampUs / 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** How long ago, in the largest unit that fits. */
export function formatAgo(timestampUs: number, nowUs: number): string {
  const minutes = Math.floor((nowUs - timestampUs) / 60_000_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** `shoulder_pan.pos` → `shoulder_pan`: every joint ends the same way, which says nothing. */
export function jointLabel(field: string): string {
  return field.endsWith('.pos') ? field.slice(0, -4) : field;
}

const UNIT_WORDS: Readonly<Record<string, string>> = { deg: 'degrees', '%': 'percent', rad: 'radians', m: 'metres' };

export function unitWord(unit: string): string {
  return UNIT_WORDS[unit] ?? unit;
}

/** The unit as it stands behind a figure. */
export function unitSign(unit: string): string {
  if (unit === 'deg') return '°';
  return unit === '' ? '' : ` ${unit}`;
}

/** Address without scheme and trailing slash, for people. */
export function shortUrl(url: string): string {
  return url.replace(/^\w+:\/\//u, '').replace(/\/$/u, '');
}

/** `/home/ann/arms/station.yaml` → `station.yaml`. */
export function fileName(path: string): string {
  return path.replace(/^.*[/\\]/u, '');
}

/** `/home/ann/arms/station.yaml` → `/home/ann/arms`. */
export function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/u, '');
}
