import type { Component } from '../api/types';

const kHues = 9;

export interface Segment extends Component {
  /** A CSS colour. */
  readonly colour: string;
  /** Of the bar, 0..1; what a component takes away (something was counted twice) has no place in it. */
  readonly share: number;
}

function colourOf(component: string, order: number): string {
  if (component === 'unattributed' || order >= kHues) return 'var(--tm-part-rest)';
  return `var(--tm-part-${order + 1})`;
}

/** The components as one bar of `whole` GB. The largest first, what nobody can be named for last. */
export function segmentsOf(breakdown: readonly Component[], whole: number): readonly Segment[] {
  const rest = (part: Component) => (part.component === 'unattributed' ? 1 : 0);
  const ordered = [...breakdown].sort((a, b) => rest(a) - rest(b) || b.gb - a.gb);
  return ordered.map((part, order) => ({
    ...part,
    colour: colourOf(part.component, order),
    share: whole > 0 ? Math.min(Math.max(part.gb / whole, 0), 1) : 0,
  }));
}
