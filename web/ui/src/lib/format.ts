import { locale } from './locale.svelte';

/** dateTime shows a moment in the reader's zone, to the second. */
export function dateTime(at: string | undefined): string {
  if (!at) return '–';
  return new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** ago shows how long ago, or in how long, a moment is. */
export function ago(at: string | undefined, now: number): string {
  if (!at) return '–';
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const form = new Intl.RelativeTimeFormat(locale.tag, { numeric: 'auto' });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size || unit === 'second') return form.format(Math.trunc(seconds / size), unit);
  }
  return '';
}

export function count(n: number): string {
  return new Intl.NumberFormat(locale.tag).format(n);
}

/** percent shows a share of 0 to 1; "–" when there is none. */
export function percent(share: number | undefined | null): string {
  if (share === undefined || share === null || Number.isNaN(share)) return '–';
  return new Intl.NumberFormat(locale.tag, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** bytes shows a size in binary units. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${new Intl.NumberFormat(locale.tag, { maximumFractionDigits: unit ? 1 : 0 }).format(n)} ${units[unit]}`;
}

/** between shows the time between two moments, to the second; hours and days without what is below the next unit. */
export function between(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const parts: [string, number][] = [['day', Math.floor(seconds / 86400)], ['hour', Math.floor(seconds / 3600) % 24], ['minute', Math.floor(seconds / 60) % 60], ['second', seconds % 60]];
  const first = Math.max(0, parts.findIndex(([, n]) => n > 0));
  const shown = seconds === 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([, n]) => n > 0);
  return shown.map(([unit, n]) => new Intl.NumberFormat(locale.tag, { style: 'unit', unit, unitDisplay: 'short' }).format(n)).join(' ');
}
