// Where a time axis is divided and what stands there: since the start of the run, or the clock of
// whoever looks. Pure, but for the time zone.

export type TimeMode = 'elapsed' | 'clock';

const kMinute = 60;
const kHour = 3600;
const kDay = 86400;
const kSteps = [
  1,
  2,
  5,
  10,
  15,
  30,
  kMinute,
  2 * kMinute,
  5 * kMinute,
  10 * kMinute,
  15 * kMinute,
  30 * kMinute,
  kHour,
  2 * kHour,
  3 * kHour,
  6 * kHour,
  12 * kHour,
  kDay,
  2 * kDay,
  7 * kDay,
  14 * kDay,
  28 * kDay,
];

/** The shortest round step that gives each label its room. */
export function timeStep(spanSeconds: number, widthPixels: number, labelPixels: number): number {
  const least = (spanSeconds * labelPixels) / Math.max(widthPixels, 1);
  return kSteps.find((step) => step >= least) ?? Math.ceil(least / (28 * kDay)) * 28 * kDay;
}

/** Seconds by which the clock here is ahead of UTC at a moment. */
function zoneOffset(unixSeconds: number): number {
  return -new Date(unixSeconds * 1000).getTimezoneOffset() * 60;
}

/** Multiples of `step` within the window, counted from the run's start or from local midnight. */
export function timeSplits(
  from: number,
  to: number,
  step: number,
  mode: TimeMode,
  startedAt: number,
): number[] {
  const origin = mode === 'elapsed' ? startedAt : -zoneOffset(from);
  const first = Math.ceil((from - origin) / step - 1e-9);
  const splits: number[] = [];
  for (let i = first; origin + i * step <= to + 1e-6; i += 1) splits.push(origin + i * step);
  return splits;
}

/** "45s", "1m 30s", "5m", "1h 30m", "2h", "1d 6h": as short as it is exact. */
export function elapsedLabel(seconds: number): string {
  const sign = seconds < -0.5 ? '−' : '';
  const whole = Math.round(Math.abs(seconds));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / kDay), 'd'],
    [Math.floor((whole % kDay) / kHour), 'h'],
    [Math.floor((whole % kHour) / kMinute), 'm'],
    [whole % kMinute, 's'],
  ];
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return told.length === 0 ? '0' : sign + told.join(' ');
}

const kClock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const kClockSeconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const kDate = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

function isMidnight(unixSeconds: number): boolean {
  return Math.abs((unixSeconds + zoneOffset(unixSeconds)) % kDay) < 0.5;
}

/** "14:30", with seconds where the step has them; the date where a day begins. */
export function clockLabel(unixSeconds: number, step: number): string {
  const date = new Date(unixSeconds * 1000);
  if (step >= kDay || isMidnight(unixSeconds)) return kDate.format(date);
  return (step < kMinute ? kClockSeconds : kClock).format(date);
}

export function timeLabel(unixSeconds: number, step: number, mode: TimeMode, startedAt: number): string {
  return mode === 'elapsed' ? elapsedLabel(unixSeconds - startedAt) : clockLabel(unixSeconds, step);
}

/** A moment in full: "1:02:05 after the start", "Nov 27, 14:30:05". */
export function momentLabels(
  unixSeconds: number,
  startedAt: number,
): { readonly elapsed: string; readonly clock: string } {
  const date = new Date(unixSeconds * 1000);
  return {
    elapsed: stopwatch(unixSeconds - startedAt),
    clock: `${kDate.format(date)}, ${kClockSeconds.format(date)}`,
  };
}

/** "1:02:05", hours always told; tenths where less than a minute has gone. */
export function stopwatch(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  const whole = Math.floor(Math.abs(seconds) + 1e-6);
  const two = (count: number) => String(count).padStart(2, '0');
  const minutes = Math.floor((whole % kHour) / kMinute);
  return `${sign}${Math.floor(whole / kHour)}:${two(minutes)}:${two(whole % kMinute)}`;
}
