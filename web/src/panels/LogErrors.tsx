import { useState } from 'react';

import type { Analysis, LogError } from '../api/types';
import { formatClock, formatCount, formatGb, plural } from '../lib/format';
import { Badge, LevelBadge } from '../ui/Badge';
import { Button, TextButton } from '../ui/Button';
import { Card } from '../ui/Card';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/Notice';

interface Props {
  readonly analysis: Analysis;
  readonly onFocusTime?: ((unixSeconds: number) => void) | undefined;
}

const kShownAtFirst = 8;

/** What the trainer's output said that was wrong, repeats folded. */
export function LogErrors({ analysis, onFocusTime }: Props) {
  const errors = analysis.log_errors;
  const [all, setAll] = useState(false);
  const shown = all ? errors : errors.slice(0, kShownAtFirst);
  return (
    <Card title="Log errors" hint={errors.length > 0 && plural(errors.reduce((sum, error) => sum + error.count, 0), 'line')}>
      {errors.length === 0 ? (
        <Empty title="The output says of nothing that went wrong." />
      ) : (
        <ol className="divide-y divide-line">
          {shown.map((error, index) => (
            <li key={index} className="py-2.5">
              <LogErrorItem error={error} onFocusTime={onFocusTime} />
            </li>
          ))}
        </ol>
      )}
      {errors.length > shown.length && <Button onClick={() => setAll(true)}>Show all {errors.length}</Button>}
    </Card>
  );
}

function LogErrorItem({ error, onFocusTime }: { readonly error: LogError } & Pick<Props, 'onFocusTime'>) {
  const at = error.timestamp;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <LevelBadge level={error.level} />
        {error.decides && <Badge tone="critical">decided the run</Badge>}
        {error.category !== null && <code className="text-xs">{error.category}</code>}
        {error.count > 1 && <span className="font-medium">×{formatCount(error.count)}</span>}
        <span className="flex flex-wrap gap-x-3 text-muted">
          {at !== null &&
            (onFocusTime ? (
              <TextButton icon="chart" onClick={() => onFocusTime(at)}>
                {formatClock(at)}
              </TextButton>
            ) : (
              <span>{formatClock(at)}</span>
            ))}
          {error.step !== null && <span>step {formatCount(error.step)}</span>}
          {error.memory_at_time_gb !== null && <span>machine memory then {formatGb(error.memory_at_time_gb)}</span>}
          {error.requested_gb !== null && <span>asked for {formatGb(error.requested_gb)}</span>}
          {error.device_free_gb !== null && (
            <span>
              device had {formatGb(error.device_free_gb)}
              {error.device_total_gb !== null && ` of ${formatGb(error.device_total_gb)}`} free
            </span>
          )}
          {error.line !== null && <span>line {formatCount(error.line)}</span>}
        </span>
      </div>
      <p className="mt-1 whitespace-pre-wrap break-words font-mono text-xs leading-5">
        {error.exception !== null && <strong className="font-semibold">{error.exception}: </strong>}
        {error.message}
      </p>
      {error.traceback !== null && (
        <details className="group mt-1">
          <summary className="inline-flex list-none items-center gap-1 text-sm text-accent [&::-webkit-details-marker]:hidden">
            <Icon name="chevron" size={12} className="transition-transform group-open:rotate-90" />
            Traceback
          </summary>
          <pre tabIndex={0} className="mt-1 max-h-80 overflow-auto rounded-md border border-line bg-bg p-3 text-xs leading-5">
            {error.traceback}
          </pre>
        </details>
      )}
    </div>
  );
}
