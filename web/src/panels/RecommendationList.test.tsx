import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import { json, renderWith, type Routes } from '../testing/fakeServer';
import { goldenAnalysis } from '../testing/golden';
import { RecommendationList } from './RecommendationList';

const analysis = goldenAnalysis('flux_48gb_plan');
const prediction = {
  settings: [],
  pool: 'memory of GPU 0',
  limit_gb: 47.5,
  current_peak_gb: 46.25,
  predicted_peak_gb: 35.25,
  predicted_peak_low_gb: 34.5,
  predicted_peak_high_gb: 37.5,
  target_gb: 40.375,
  fits: true,
  breakdown: [],
  not_known: [],
};
const config = {
  name: '/runs/flux.yaml',
  language: 'yaml',
  config: 'model:\n  quantize: true\n',
  difference: '--- /runs/flux.yaml\n+++ /runs/flux.yaml\n@@ -1,2 +1,2 @@\n model:\n-  quantize: false\n+  quantize: true\n',
  settings: [{ config_path: 'config.process[0].model.quantize', value: true }],
  warning: null,
  prediction,
};
const list = (routes: Routes, onApply?: (changes: readonly unknown[]) => void) =>
  renderWith(routes, <RecommendationList job="flux/1" analysis={analysis} onApply={onApply} />);

describe('the recommendations', () => {
  it('are in the order of the report, the plan ticked, with its predicted peak', () => {
    list({});
    const titles = screen.getAllByRole('checkbox').map((box) => box.parentElement?.querySelector('label')?.textContent);
    expect(titles).toEqual(analysis.recommendations.map(({ title }) => title));
    expect(screen.getAllByRole('checkbox', { checked: true })).toHaveLength(1);
    expect(screen.getByText('35.9 GB (35.2 GB to 37.8 GB)')).toBeDefined();
  });

  it('say path, both values, effect and price', () => {
    list({});
    const item = screen.getByRole('checkbox', { name: 'Use a batch size of 1' }).closest('li');
    if (!item) throw new Error('no item');
    expect(item.textContent).toContain('train.batch_size 4 → 1');
    expect(item.textContent).toContain('train.gradient_accumulation 4');
    expect(item.textContent).toContain('frees about 10.3 GB (7.2 GB to 10.3 GB)');
    expect(item.textContent).toContain('gradients of 4 batches are added up');
  });

  it('ask the model for what is ticked together', async () => {
    const { asked } = list({ 'POST /api/jobs/flux%2F1/whatif': () => json(prediction) });
    await userEvent.click(screen.getByRole('checkbox', { name: /moving average/ }));
    await waitFor(() => expect(screen.getByText('35.2 GB (34.5 GB to 37.5 GB)')).toBeDefined());
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({
      set: { 'config.process[0].model.quantize': true, 'config.process[0].train.ema_config.use_ema': false },
    });
  });

  it('cannot be applied when nothing is ticked', async () => {
    list({});
    await userEvent.click(screen.getByRole('checkbox', { checked: true }));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Apply Recommended Settings' }).disabled).toBe(true);
  });
});

describe('applying', () => {
  const open = () => userEvent.click(screen.getByRole('button', { name: 'Apply Recommended Settings' }));

  it('shows the difference of the config and the predicted peak', async () => {
    const { asked } = list({ 'GET /api/jobs/flux%2F1/config?apply=quantize&format=json': () => json(config) });
    await open();
    const dialog = screen.getByRole('dialog', { name: 'Apply 1 recommendation' });
    await within(dialog).findByText('+ quantize: true', { normalizer: (text) => text.replace(/\s+/g, ' ') });
    expect(dialog.textContent).toContain('Predicted peak 35.2 GB (34.5 GB to 37.5 GB) of 47.5 GB, it was 46.2 GB');
    expect(dialog.textContent).toContain('Fits');
    expect(within(dialog).getByRole('button', { name: 'Download config' })).toBeDefined();
    expect(within(dialog).queryByRole('button', { name: 'New job with these settings' })).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it('says in the server’s words why the config cannot be shown, and lists the settings all the same', async () => {
    list({ 'GET /api/jobs/flux%2F1/config': () => json({ error: 'the config file is not there any more' }, 404) });
    await open();
    await screen.findByText(/the config file is not there any more/);
    expect(screen.getByRole('dialog').textContent).toContain('config.process[0].model.quantize: true');
  });

  it('gives the settings to the page that can start a job', async () => {
    const onApply = vi.fn();
    list({}, onApply);
    await open();
    await userEvent.click(screen.getByRole('button', { name: 'New job with these settings' }));
    expect(onApply).toHaveBeenCalledWith([{ config_path: 'config.process[0].model.quantize', value: true }]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

it('a run without any says why', () => {
  const healthy = { ...goldenAnalysis('completed_healthy'), recommendations: [], plan: null };
  renderWith({}, <RecommendationList job="a" analysis={healthy} />);
  expect(screen.getByText('Nothing to change.')).toBeDefined();
});
