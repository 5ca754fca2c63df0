import { render, screen } from '@testing-library/react';
import type { CSSProperties } from 'react';
import { expect, it, vi } from 'vitest';

import { fakeServer, json } from '../testing/fakeServer';
import { goldenText } from '../testing/golden';
import { PerformanceAnalysisPanel } from './PerformanceAnalysisPanel';

it('in another page all of it comes through the host’s fetcher, in the host’s colours', async () => {
  const own = vi.fn();
  vi.stubGlobal('fetch', own);
  const { fetcher, asked } = fakeServer({ 'GET /api/jobs/9a02/analysis': () => json(goldenText('flux_48gb_plan')) });
  const colours: CSSProperties & Record<`--${string}`, string> = { '--tm-surface': '#111827' };
  const { container } = render(
    <PerformanceAnalysisPanel jobId="9a02" fetcher={fetcher} theme="class" style={colours} onApply={() => undefined} />,
  );
  await screen.findByRole('region', { name: 'Recommendations' });
  expect(own).not.toHaveBeenCalled();
  expect(asked.length).toBeGreaterThan(0);
  const root = container.querySelector<HTMLElement>('.tm-root');
  expect(root?.dataset['theme']).toBe('class');
  expect(root?.style.getPropertyValue('--tm-surface')).toBe('#111827');
  vi.unstubAllGlobals();
});

it('a host that has the analysis alone gets what lives from it', async () => {
  const { fetcher } = fakeServer({ 'GET /api/jobs/9a02/analysis': () => json(goldenText('rtx_24gb_cuda_oom')) });
  render(<PerformanceAnalysisPanel jobId="9a02" fetcher={fetcher} />);
  await screen.findByRole('region', { name: 'Summary' });
  for (const name of ['Who held the peak', 'Why', 'Recommendations', 'Log errors', 'Runs and what the records lack'])
    expect(screen.getByRole('region', { name })).toBeDefined();
  await screen.findByText('Run 1');
});
