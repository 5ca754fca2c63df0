import type { Analysis } from '../api/types';
import { Card } from '../ui/Card';

export interface WhatIfProps {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
}

/** The peak under other settings, as they are moved. */
export function WhatIf({ analysis }: WhatIfProps) {
  return <Card title="What if">{analysis.summary.verdict}</Card>;
}
