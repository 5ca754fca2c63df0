import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import type { Analysis, LogError } from '../api/types';
import { goldenAnalysis, goldenNames } from '../testing/golden';
import { Causes } from './Causes';
import { LogErrors } from './LogErrors';
import { PeakBreakdown } from './PeakBreakdown';
import { SummaryCard } from './SummaryCard';

describe('the summary', () => {
  it.each(goldenNames)('of %s begins with its verdict and how it ended', (name) => {
    const analysis = goldenAnalysis(name);
    render(<SummaryCard analysis={analysis} />);
    const card = screen.getByRole('region', { name: 'Summary' });
    expect(card.textContent).toContain(analysis.summary.verdict);
    for (const sentence of analysis.job.exit.evidence) expect(card.textContent).toContain(sentence);
  });

  it('names the pool, the peak against its limit, and goes to its time', async () => {
    const onFocusTime = vi.fn();
    render(<SummaryCard analysis={goldenAnalysis('flux_48gb_plan')} onFocusTime={onFocusTime} />);
    expect(screen.getByText(/Peak of memory of GPU 0/)).toBeDefined();
    expect(screen.getByRole('meter').getAttribute('aria-valuetext')).toBe('46.2 GB of 47.5 GB, 97%');
    await userEvent.click(screen.getByRole('button', { name: /^at / }));
    expect(onFocusTime).toHaveBeenCalledWith(1760000045);
  });

  it('says that a peak is not known', () => {
    render(<SummaryCard analysis={goldenAnalysis('no_samples')} />);
    expect(screen.getByText(/The peak is not known/)).toBeDefined();
    expect(screen.queryByRole('meter')).toBeNull();
  });
});

describe('the breakdown', () => {
  it('lists every component with its size and how it is known', () => {
    const analysis = goldenAnalysis('flux_48gb_plan');
    render(<PeakBreakdown analysis={analysis} />);
    const rows = screen.getAllByRole('listitem').map((row) => row.textContent);
    expect(rows).toHaveLength(analysis.breakdown.length + 1); // and what was left
    expect(rows[0]).toMatch(/^model weights measured28\.2 GB61%/);
    expect(rows.at(-1)).toContain('Left up to the limit1.2 GB');
  });

  it('says that there is none', () => {
    render(<PeakBreakdown analysis={goldenAnalysis('no_samples')} />);
    expect(screen.getByText('The peak cannot be split.')).toBeDefined();
  });
});

describe('the causes', () => {
  it('have the primary one open, with its evidence', () => {
    const analysis = goldenAnalysis('flux_48gb_plan');
    render(<Causes analysis={analysis} />);
    const open = screen.getAllByRole('group').filter((group) => group instanceof HTMLDetailsElement && group.open);
    expect(open).toHaveLength(1);
    expect(open[0]?.textContent).toContain('Base weights in bf16 held about 22.2 GB');
    expect(open[0]?.textContent).toContain('11.9 billion frozen parameters x 2 bytes');
  });
});

describe('the log errors', () => {
  const error: LogError = {
    timestamp: 1760000019,
    level: 'ERROR',
    category: 'exception',
    message: '<img src=x onerror=alert(1)>',
    line: 88,
    count: 12,
    step: 8,
    exception: 'RuntimeError',
    traceback: 'Traceback\n  <script>bad()</script>',
    memory_at_time_gb: 19,
    requested_gb: 2,
    device_total_gb: 23.625,
    device_free_gb: 1.625,
    decides: true,
  };
  const withErrors = (errors: readonly LogError[]): Analysis => ({ ...goldenAnalysis('completed_healthy'), log_errors: errors });

  it('show what the line said as text, and what was known at that time', () => {
    const { container } = render(<LogErrors analysis={withErrors([error])} />);
    expect(screen.getByText(/<img src=x onerror=alert\(1\)>/)).toBeDefined();
    expect(container.querySelector('img, script')).toBeNull();
    for (const words of ['step 8', 'machine memory then 19.0 GB', 'asked for 2.0 GB', '×12', 'decided the run', 'line 88'])
      expect(screen.getByText(words)).toBeDefined();
  });

  it('go to their time in the chart', async () => {
    const onFocusTime = vi.fn();
    render(<LogErrors analysis={withErrors([error])} onFocusTime={onFocusTime} />);
    await userEvent.click(screen.getByRole('button', { name: /:/ }));
    expect(onFocusTime).toHaveBeenCalledWith(1760000019);
  });

  it('are few at first, all on demand', async () => {
    render(<LogErrors analysis={withErrors(Array.from({ length: 20 }, (_, line) => ({ ...error, line })))} />);
    const list = screen.getByRole('list');
    expect(within(list).getAllByRole('listitem')).toHaveLength(8);
    await userEvent.click(screen.getByRole('button', { name: 'Show all 20' }));
    expect(within(list).getAllByRole('listitem')).toHaveLength(20);
  });
});
