// Numbers as people read them: the same words as the terminal's report. Memory is in binary units.

const kMibPerGib = 1024;
const kKibPerGib = 1024 * 1024;
const kHalfStep = 1 - 0.5 / 1024; // what would be shown as 1024 of the smaller unit is 1 of the larger
const kWholeGbFrom = 1000;

/** As toFixed, but a number that lies exactly between two goes to the even one, as in the terminal's report:
 *  "46.2", not "46.3", of 46.25. With one decimal those are the odd quarters, with none the odd halves. */
function fixed(size: number, decimals: 0 | 1): string {
  const isBetween = Math.abs((size * (decimals === 1 ? 4 : 2)) % 2) === 1;
  if (!isBetween) return size.toFixed(decimals);
  const scale = decimals === 1 ? 10 : 1;
  const below = Math.floor(size * scale);
  return ((below % 2 === 0 ? below : below + 1) / scale).toFixed(decimals);
}

/** A size in GiB: "119.2 GB", "684 MB". */
export function formatGb(gb: number): string {
  if (!Number.isFinite(gb)) return '?';
  const size = Math.abs(gb);
  const sign = gb < 0 ? '−' : '';
  if (size >= kHalfStep) return `${sign}${fixed(size, size >= kWholeGbFrom ? 0 : 1)} GB`;
  if (size >= kHalfStep / kMibPerGib) return `${sign}${fixed(size * kMibPerGib, 0)} MB`;
  if (size >= kHalfStep / kKibPerGib) return `${sign}${fixed(size * kKibPerGib, 0)} KB`;
  return `${sign}${Math.round(size * kKibPerGib * 1024)} B`;
}

/** A share of 0..1: "97%"; what is no whole is never shown as all or nothing. */
export function formatPercent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '?%';
  const percent = fraction * 100;
  if (fraction < 1 && percent >= 99.5) return '99%';
  if (fraction > 0 && percent < 0.5) return '<1%';
  return `${fixed(percent, 0)}%`;
}

/** Seconds: "3.2s", "42s", "4m 10s", "7h 2m", "2d 3h". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds <= 0) return '0s';
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  if (seconds < 59.5) return `${seconds.toFixed(0)}s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return `${minutes}m ${whole % 60}s`;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** Of a count: "1 error", "3 errors". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Three digits of a number of any size: a loss, a rate. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return Number(value.toPrecision(size >= 100 ? 4 : 3)).toString();
}

const two = (value: number) => String(value).padStart(2, '0');

/** A moment on the viewer's clock: "14:03:22". */
export function formatClock(unixSeconds: number): string {
  const at = new Date(unixSeconds * 1000);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** "2025-10-09 08:53". */
export function formatDateTime(unixSeconds: number): string {
  const at = new Date(unixSeconds * 1000);
  if (Number.isNaN(at.getTime())) return '?';
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** How long ago: "just now", "4m ago", "3h ago", "2d ago"; a date when it is longer. */
export function formatAgo(unixSeconds: number, now: number): string {
  const seconds = now - unixSeconds;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(Math.round(seconds / 60), 1)}m ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)}h ago`;
  if (seconds < 7 * 86400) return `${Math.round(seconds / 86400)}d ago`;
  return formatDateTime(unixSeconds);
}

/** A value of a config, as it stands in one. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}
