// Where an axis of memory is divided: at round gigabytes, or round megabytes where all is small. A
// gigabyte is 2^30 bytes, as everywhere in Tidemark. Pure.

const kMegabyte = 1 / 1024;
/** 1, 2, 5, ... megabytes by powers of two above 8, then 1, 2, 5, 10, ... gigabytes. */
const kSteps = [
  ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((megabytes) => megabytes * kMegabyte),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
];

/** The divisions of 0..`highestGb`, at most about `most` of them. */
export function memorySplits(lowestGb: number, highestGb: number, most: number): number[] {
  const least = (highestGb - lowestGb) / Math.max(most, 1);
  const step = kSteps.find((one) => one >= least) ?? least;
  const splits: number[] = [];
  for (let i = Math.ceil(lowestGb / step - 1e-9); i * step <= highestGb * (1 + 1e-9); i += 1)
    splits.push(i * step);
  return splits;
}

/** All labels of an axis speak the same unit. */
export function memoryLabels(splits: readonly number[]): string[] {
  const highest = splits[splits.length - 1] ?? 0;
  const isSmall = highest < 1;
  return splits.map((gb) => {
    if (gb === 0) return '0';
    const value = isSmall ? gb * 1024 : gb;
    return `${Number(value.toFixed(2))} ${isSmall ? 'MB' : 'GB'}`;
  });
}

/** The top of the axis: room above what is drawn. */
export function memoryTop(highestGb: number): number {
  return highestGb > 0 ? highestGb * 1.08 : 1;
}
