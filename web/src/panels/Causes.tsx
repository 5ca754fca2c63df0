import type { Analysis, Finding } from '../api/types';
import { formatPercent } from '../lib/format';
import { SeverityBadge } from '../ui/Badge';
import { Card } from '../ui/Card';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/Notice';
import { EvidenceList } from './EvidenceList';

interface Props {
  readonly analysis: Analysis;
  readonly onFocusTime?: ((unixSeconds: number) => void) | undefined;
}

/** Why: what was found, the primary cause first and open. */
export function Causes({ analysis, onFocusTime }: Props) {
  const { findings, summary } = analysis;
  return (
    <Card title="Why">
      {findings.length === 0 ? (
        <Empty title="Nothing was found that speaks against this run." />
      ) : (
        <ul className="divide-y divide-line">
          {findings.map((finding) => (
            <li key={finding.id}>
              <Cause finding={finding} told={analysis.job.exit.evidence} primary={finding.id === summary.primary_cause} onFocusTime={onFocusTime} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Cause({ finding, told, primary, onFocusTime }: {
  readonly finding: Finding;
  readonly told: readonly string[];
  readonly primary: boolean;
} & Pick<Props, 'onFocusTime'>) {
  return (
    <details open={primary} className="group py-2">
      <summary className="flex list-none items-start gap-2 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" size={13} className="mt-1 shrink-0 text-faint transition-transform group-open:rotate-90" />
        <span className="min-w-0 flex-1 break-words font-medium">{finding.title}</span>
        <SeverityBadge severity={finding.severity} />
      </summary>
      <div className="space-y-1.5 pl-5 pt-1.5">
        <p className="max-w-prose break-words">{finding.explanation}</p>
        <EvidenceList evidence={finding.evidence} told={told} onFocusTime={onFocusTime} />
        <p className="text-xs text-faint">
          {primary && 'Primary cause. '}Confidence {formatPercent(finding.confidence)}, <code>{finding.id}</code>
        </p>
      </div>
    </details>
  );
}
