// The predicted breakdown in the order and the colours of the measured one, so that what moves is seen. Pure.
import type { Component, WhatifComponent } from '../api/types';
import { type Segment, segmentsOf } from '../lib/breakdown';

export interface MovedPart extends Segment {
  /** What it held in the run. */
  readonly before: number;
}

export function movedParts(
  measured: readonly Component[],
  predicted: readonly WhatifComponent[],
  whole: number,
): readonly MovedPart[] {
  const before = new Map(measured.map((part) => [part.component, part]));
  const after = new Map(predicted.map((part) => [part.component, part.gb]));
  const fresh = predicted
    .filter((part) => !before.has(part.component))
    .map((part): Component => ({ component: part.component, gb: 0, basis: 'estimated', detail: '' }));
  return segmentsOf([...measured, ...fresh], whole).map((segment) => {
    const gb = after.get(segment.component) ?? 0;
    return {
      ...segment,
      gb,
      before: segment.gb,
      share: whole > 0 ? Math.min(Math.max(gb / whole, 0), 1) : 0,
    };
  });
}
