import { useClient } from '../api/ClientContext';
import type { Analysis, ConfigAnswer, SettingChange, WhatifAnswer } from '../api/types';
import { useResource } from '../api/useResource';
import { differenceLines, type DifferenceLine } from '../lib/difference';
import { formatGb, formatValue, plural } from '../lib/format';
import { knownPeak, type PeakRange } from '../lib/selection';
import { Button } from '../ui/Button';
import { classes } from '../ui/classes';
import { CopyButton } from '../ui/CopyButton';
import { Dialog } from '../ui/Dialog';
import { Loading } from '../ui/Notice';
import { RangeBar } from '../ui/RangeBar';

interface Props {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
  readonly ids: readonly string[];
  readonly changes: readonly SettingChange[];
  readonly onApply?: ((changes: readonly SettingChange[]) => void) | undefined;
  readonly onClose: () => void;
}

/** What is ticked as a difference of the config, with the peak that it is predicted to have; then what to do with it. */
export function ApplyDialog({ job, run, analysis, ids, changes, onApply, onClose }: Props) {
  const client = useClient();
  const { resource } = useResource(`config ${job} ${run ?? ''} ${ids.join(',')}`, (signal) => client.config(job, ids, run, signal));
  const answer = resource.state === 'ready' ? resource.value : null;
  return (
    <Dialog
      title={`Apply ${plural(ids.length, 'recommendation')}`}
      onClose={onClose}
      footer={<Actions answer={answer} changes={changes} job={analysis.job.name} onApply={onApply} onClose={onClose} />}
    >
      <Predicted analysis={analysis} ids={ids} prediction={answer?.prediction ?? null} />
      {resource.state === 'loading' && <Loading what="the config" />}
      {resource.state === 'error' && (
        <>
          <p role="status" className="mb-2 text-sm text-muted">
            The whole config cannot be shown: {resource.error.message}
          </p>
          <ChangeList changes={changes} />
        </>
      )}
      {answer && <Difference answer={answer} />}
    </Dialog>
  );
}

function rangeOf(prediction: WhatifAnswer): PeakRange {
  return { low: prediction.predicted_peak_low_gb, likely: prediction.predicted_peak_gb, high: prediction.predicted_peak_high_gb };
}

function Predicted({ analysis, ids, prediction }: {
  readonly analysis: Analysis;
  readonly ids: readonly string[];
  readonly prediction: WhatifAnswer | null;
}) {
  const peak = prediction ? rangeOf(prediction) : knownPeak(analysis.plan, analysis.recommendations, new Set(ids));
  const { summary, plan } = analysis;
  const limit = prediction?.limit_gb ?? summary.total_memory_gb;
  if (peak === null || limit === null) return null;
  const target = prediction?.target_gb ?? plan?.target_gb ?? null;
  const fits = target !== null && peak.high <= target;
  return (
    <section aria-label="Predicted peak" className="mb-4">
      <p className="text-lg">
        Predicted peak <strong className="font-semibold">{formatGb(peak.likely)}</strong>{' '}
        <span className="text-muted">
          ({formatGb(peak.low)} to {formatGb(peak.high)}) of {formatGb(limit)}
          {summary.peak_memory_gb !== null && `, it was ${formatGb(summary.peak_memory_gb)}`}
        </span>
      </p>
      <div className="my-1.5">
        <RangeBar peak={peak} now={summary.peak_memory_gb} target={target} limit={limit} />
      </div>
      {target !== null && (
        <p className={classes('text-sm font-medium', fits ? 'text-good' : 'text-warning')}>
          {fits ? `Fits: the high end is under the ${formatGb(target)} that are wanted at most.` : `Not sure to fit: the high end is over the ${formatGb(target)} that are wanted at most.`}
        </p>
      )}
      {prediction?.not_known.map((sentence) => (
        <p key={sentence} className="text-sm text-muted">
          Not known: {sentence}
        </p>
      ))}
    </section>
  );
}

const lineClass: Readonly<Record<DifferenceLine['kind'], string>> = {
  added: 'bg-added-soft text-added',
  removed: 'bg-removed-soft text-removed',
  place: 'text-faint',
  same: '',
};

function Difference({ answer }: { readonly answer: ConfigAnswer }) {
  const lines = differenceLines(answer.difference);
  return (
    <section aria-label="Difference of the config">
      {answer.warning !== null && <p className="mb-2 rounded-md bg-warning-soft px-3 py-1.5 text-sm text-warning">{answer.warning}</p>}
      {lines.length === 0 ? (
        <p className="text-sm">The config has these settings already.</p>
      ) : (
        <pre tabIndex={0} className="overflow-x-auto rounded-md border border-line bg-bg py-2 text-xs leading-5">
          {lines.map((line, index) => (
            <div key={index} className={classes('px-3', lineClass[line.kind])}>
              {line.text === '' ? ' ' : line.text}
            </div>
          ))}
        </pre>
      )}
    </section>
  );
}

function ChangeList({ changes }: { readonly changes: readonly SettingChange[] }) {
  return (
    <ul className="space-y-1 rounded-md border border-line bg-bg p-3 font-mono text-xs">
      {changes.map((change) => (
        <li key={change.config_path} className="break-all">
          {change.config_path}: <ins className="bg-added-soft px-1 text-added no-underline">{formatValue(change.value)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** The last part of a path, in a form that every file system takes. */
function fileName(answer: ConfigAnswer, job: string): string {
  const end = `.${answer.language === 'json' ? 'json' : 'yaml'}`;
  const base = answer.name.includes('/') ? answer.name.slice(answer.name.lastIndexOf('/') + 1).replace(/\.(ya?ml|json)$/i, '') : job;
  return (base.replace(/[^\w.-]+/g, '_').slice(0, 80) || 'config') + '_tidemark' + end;
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function Actions({ answer, changes, job, onApply, onClose }: {
  readonly answer: ConfigAnswer | null;
  readonly changes: readonly SettingChange[];
  readonly job: string;
} & Pick<Props, 'onApply' | 'onClose'>) {
  const asText = changes.map((change) => `${change.config_path}: ${JSON.stringify(change.value)}`).join('\n');
  return (
    <>
      <Button kind="quiet" onClick={onClose}>
        Cancel
      </Button>
      <CopyButton text={answer ? answer.config : asText}>{answer ? 'Copy config' : 'Copy settings'}</CopyButton>
      {answer && (
        <Button kind={onApply ? 'plain' : 'primary'} icon="download" onClick={() => download(fileName(answer, job), answer.config)}>
          Download config
        </Button>
      )}
      {onApply && (
        <Button
          kind="primary"
          onClick={() => {
            onApply(changes);
            onClose();
          }}
        >
          New job with these settings
        </Button>
      )}
    </>
  );
}
