// Words beside the ends of lines, none over another. Pure.

export interface LineEnd {
  readonly label: string;
  readonly color: string;
  /** Where the line ends, in pixels from the top. */
  readonly y: number;
}

/** The same, moved apart to `gap` pixels and kept within 0..`height`, in the order of height. */
export function spreadLabels(ends: readonly LineEnd[], gap: number, height: number): readonly LineEnd[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  const ys = sorted.map((end) => end.y);
  // Down from the top, then up from the bottom: what was pushed out comes back in.
  for (let i = 1; i < ys.length; i += 1) ys[i] = Math.max(ys[i] ?? 0, (ys[i - 1] ?? 0) + gap);
  let floor = height;
  for (let i = ys.length - 1; i >= 0; i -= 1) {
    ys[i] = Math.min(ys[i] ?? 0, floor);
    floor = (ys[i] ?? 0) - gap;
  }
  return sorted.map((end, i) => ({ ...end, y: ys[i] ?? end.y }));
}

/**
 * Where a line stands towards the end of what is shown: the median of its last tenth, so that the drop at
 * a crash does not pull all words to the floor. Null: it has no value there.
 */
export function endValue(
  times: ArrayLike<number>,
  values: ArrayLike<number | null | undefined>,
  from: number,
  to: number,
): number | null {
  const seen: number[] = [];
  const since = to - (to - from) / 10;
  for (let row = times.length - 1; row >= 0; row -= 1) {
    const time = times[row] ?? -Infinity;
    if (time > to) continue;
    if (time < from || (time < since && seen.length > 0)) break;
    const value = values[row];
    if (value !== null && value !== undefined) seen.push(value);
  }
  seen.sort((a, b) => a - b);
  return seen[seen.length >> 1] ?? null;
}
