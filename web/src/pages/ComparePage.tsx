import type { ReactNode } from 'react';

import type { ComparedSide } from '../api/client';
import { useClient } from '../api/ClientContext';
import type { ComparedRun, Comparison } from '../api/types';
import { useResource } from '../api/useResource';
import { formatCount, formatDuration, formatGb, formatNumber, formatPercent, formatValue, plural } from '../lib/format';
import { componentName, shortPath } from '../lib/words';
import { HealthBadge, StatusBadge } from '../ui/Badge';
import { Card } from '../ui/Card';
import { classes } from '../ui/classes';
import { Icon } from '../ui/Icon';
import { Meter } from '../ui/Meter';
import { Empty, Failure, Loading } from '../ui/Notice';
import { PageTitle } from './Frame';
import { jobAddress, jobsAddress, Link } from './router';

/** Two runs side by side: of two jobs, or of one. */
export function ComparePage({ a, b }: { readonly a: ComparedSide; readonly b: ComparedSide }) {
  const client = useClient();
  const { resource, reload } = useResource(`compare ${JSON.stringify([a, b])}`, (signal) => client.compare(a, b, signal));
  return (
    <>
      <nav aria-label="Place" className="mb-1 text-sm">
        <Link to={jobsAddress} className="inline-flex items-center gap-1 text-muted hover:text-text">
          <Icon name="back" size={13} /> Jobs
        </Link>
      </nav>
      <PageTitle title="Two runs compared" />
      <div className="mt-3 space-y-4">
        {resource.state === 'loading' && <Loading what="the comparison" lines={5} />}
        {resource.state === 'error' && <Failure what="the comparison" error={resource.error} onRetry={reload} />}
        {resource.state === 'ready' && <Compared both={resource.value} />}
      </div>
    </>
  );
}

function Compared({ both }: { readonly both: Comparison }) {
  return (
    <>
      <div className="grid gap-4 md:grid-cols-2">
        <RunCard run={both.a} />
        <RunCard run={both.b} />
      </div>
      <Speed both={both} />
      <Settings both={both} />
      <Breakdown both={both} />
      <Versions both={both} />
    </>
  );
}

function RunCard({ run }: { readonly run: ComparedRun }) {
  const peak = run.peak_memory_gb;
  const limit = run.limit_gb;
  return (
    <section aria-label={`${run.name}, run ${run.run}`} className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card">
      <div className="flex flex-wrap items-center gap-2">
        <HealthBadge health={run.health_score} />
        <StatusBadge status={run.status} />
        <Link to={jobAddress(run.id, run.run)} className="min-w-0 break-words font-semibold hover:underline">
          {run.name}
        </Link>
        <span className="text-sm text-muted">run {run.run}</span>
      </div>
      <p className="mt-2 break-words">{run.verdict}</p>
      {peak !== null && limit !== null && (
        <div className="mt-3">
          <p className="mb-1 text-sm">
            <strong className="font-semibold">{formatGb(peak)}</strong> / {formatGb(limit)}{' '}
            <span className="text-muted">
              {run.peak_fraction !== null && `(${formatPercent(run.peak_fraction)})`} {run.pool}
            </span>
          </p>
          <Meter value={peak} limit={limit} label={`Peak of ${run.name}`} thresholds={run} thick />
        </div>
      )}
    </section>
  );
}

interface TableRow {
  readonly name: ReactNode;
  readonly key: string;
  readonly a: string;
  readonly b: string;
  readonly change?: string;
}

/** The sides stand below each other in all tables, also in those without a change. */
const kSideWidth = 'sm:w-[24%]';

function PairTable({ caption, both, rows, withChange = false }: {
  readonly caption: string;
  readonly both: Comparison;
  readonly rows: readonly TableRow[];
  readonly withChange?: boolean;
}) {
  return (
    <table className="w-full table-fixed text-sm">
      <caption className="sr-only">{caption}</caption>
      <thead className="text-muted">
        <tr>
          <th scope="col" className="w-[36%] py-1" />
          <th scope="col" className={classes('break-words py-1 pr-2', kSideWidth)}>
            {both.a.name} #{both.a.run}
          </th>
          <th scope="col" className={classes('break-words py-1 pr-2', kSideWidth)}>
            {both.b.name} #{both.b.run}
          </th>
          {withChange ? (
            <th scope="col" className="py-1 text-right">
              Change
            </th>
          ) : (
            <td aria-hidden="true" className="hidden sm:table-cell" />
          )}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row" className="break-words py-1 pr-3">
              {row.name}
            </th>
            <td className="break-words py-1 pr-2">{row.a}</td>
            <td className="break-words py-1 pr-2">{row.b}</td>
            {withChange ? (
              <td className="py-1 text-right font-medium">{row.change ?? ''}</td>
            ) : (
              <td aria-hidden="true" className="hidden sm:table-cell" />
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function Speed({ both }: { readonly both: Comparison }) {
  const row = (key: string, value: (run: ComparedRun) => string): TableRow => ({ key, name: key, a: value(both.a), b: value(both.b) });
  return (
    <Card title="Speed">
      <PairTable
        caption="Speed of either run"
        both={both}
        rows={[
          row('Steps', (run) => formatCount(run.steps_completed)),
          row('Duration', (run) => formatDuration(run.duration_minutes * 60)),
          row('Steps per second', (run) => known(run.steps_per_second, formatNumber)),
          row('One step', (run) => known(run.seconds_per_step, (value) => `${formatNumber(value)} s`)),
          row('Waiting for data', (run) => known(run.data_wait_share, formatPercent)),
          row('Primary cause', (run) => run.primary_cause?.replaceAll('_', ' ') ?? '–'),
        ]}
      />
    </Card>
  );
}

function Settings({ both }: { readonly both: Comparison }) {
  const { settings } = both;
  return (
    <Card title="Settings" hint={settings && `${plural(settings.length, 'differs', 'differ')}, ${formatCount(both.same_settings)} the same`}>
      {settings === null ? (
        <Empty title="The config of both runs is not known." />
      ) : settings.length === 0 ? (
        <Empty title="Both ran with the same settings." />
      ) : (
        <PairTable
          caption="Settings that differ"
          both={both}
          rows={settings.map((pair) => ({
            key: pair.config_path,
            name: (
              <code title={pair.config_path} className="break-all text-xs">
                {shortPath(pair.config_path)}
              </code>
            ),
            a: formatValue(pair.a),
            b: formatValue(pair.b),
          }))}
        />
      )}
    </Card>
  );
}

function signed(gb: number): string {
  return gb > 0 ? `+${formatGb(gb)}` : formatGb(gb);
}

function Breakdown({ both }: { readonly both: Comparison }) {
  if (both.breakdown.length === 0) return null;
  return (
    <Card title="Who held the peak">
      <PairTable
        caption="Components of either peak"
        both={both}
        withChange
        rows={both.breakdown.map((pair) => ({
          key: pair.component,
          name: <span className="inline-block first-letter:uppercase">{componentName(pair.component)}</span>,
          a: known(pair.a_gb, formatGb),
          b: known(pair.b_gb, formatGb),
          change: signed((pair.b_gb ?? 0) - (pair.a_gb ?? 0)),
        }))}
      />
    </Card>
  );
}

function Versions({ both }: { readonly both: Comparison }) {
  if (both.versions.length === 0) return null;
  return (
    <Card title="Versions">
      <PairTable
        caption="Versions of either run"
        both={both}
        rows={both.versions.map((pair) => ({ key: pair.name, name: pair.name, a: pair.a ?? '–', b: pair.b ?? '–' }))}
      />
    </Card>
  );
}
