import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import type { AdjustableSetting, ConfigValue, WhatifAnswer } from '../api/types';
import { type Asked, json, renderWith } from '../testing/fakeServer';
import { goldenAnalysis } from '../testing/golden';
import { WhatIf } from './WhatIf';
import { judgementOf } from './WhatIfPrediction';
import { movedParts } from './whatIfParts';
import { controlsOf, keyOf, turned, valueOf } from './whatIfSettings';

const analysis = goldenAnalysis('flux_48gb_plan');
const kRoute = 'POST /api/jobs/flux%2F1/whatif';
const kBatch = 'config.process[0].train.batch_size';
const kQuantize = 'config.process[0].model.quantize';

const setting = (
  config_path: string,
  value: ConfigValue,
  moves_peak = true,
  choices: readonly string[] = [],
): AdjustableSetting => ({
  config_path,
  value,
  moves_peak,
  choices,
});

const adjustable = [
  setting(kBatch, 4),
  setting('config.process[0].datasets[0].resolution', 768),
  setting('config.process[0].datasets[1].resolution', 1024),
  setting(kQuantize, false),
  setting('config.process[0].train.optimizer', 'adamw', true, ['adamw', 'adamw8bit']),
  setting('config.process[0].sample.width', 1024, false),
];

function setOf({ body }: Asked): Record<string, ConfigValue> {
  const { set } = JSON.parse(body ?? '{}') as { set: Record<string, ConfigValue> };
  return set;
}

/** Half a gigabyte for each item of the batch. */
function answerTo(asked: Asked) {
  const batch = Number(setOf(asked)[kBatch] ?? 4);
  const peak = 40 + batch;
  return json({
    settings: [],
    pool: 'memory of GPU 0',
    limit_gb: 47.5,
    current_peak_gb: 44,
    predicted_peak_gb: peak,
    predicted_peak_low_gb: peak - 1,
    predicted_peak_high_gb: peak + 2,
    target_gb: 45,
    fits: peak + 2 <= 45,
    breakdown: [{ component: 'activations', gb: batch }],
    not_known: ['the size of the text encoder'],
    adjustable,
  });
}

describe('controls', () => {
  const controls = controlsOf(adjustable);
  const control = (key: string) => {
    const found = controls.find((one) => one.key === key);
    if (!found) throw new Error(key);
    return found;
  };

  it('are one for a setting that each dataset has, at its largest', () => {
    expect(keyOf('config.process[0].datasets[11].num_workers')).toBe('num_workers');
    expect(control('resolution')).toMatchObject({ kind: 'slider', value: 1024 });
    expect(turned({}, control('resolution'), 512)).toEqual({
      'config.process[0].datasets[0].resolution': 512,
      'config.process[0].datasets[1].resolution': 512,
    });
  });

  it('stand where the run was, also between the usual stops', () => {
    const [odd] = controlsOf([
      setting(kBatch, 7),
      setting('config.process[0].datasets[0].resolution', 600),
    ]).slice(1);
    expect(odd?.kind === 'slider' && odd.stops.includes(600)).toBe(true);
  });

  it('turned back to what the run had change nothing', () => {
    const batch = control('train.batch_size');
    const values = turned(turned({}, batch, 2), control('model.quantize'), true);
    expect(values).toEqual({ [kBatch]: 2, [kQuantize]: true });
    expect(turned(values, batch, 4)).toEqual({ [kQuantize]: true });
    expect(valueOf(values, batch)).toBe(2);
    expect(valueOf({}, batch)).toBe(4);
  });

  it('are none for what has no sensible range: a text without choices, a negative number, a list', () => {
    expect(controlsOf([setting('a.b', 'x'), setting('a.c', -1), setting('a.d', [1])])).toEqual([]);
  });

  it('of a huge number have a bounded number of stops', () => {
    const [huge] = controlsOf([setting(kBatch, 1_000_000_000)]);
    expect(huge?.kind === 'slider' ? huge.stops.length : Infinity).toBeLessThan(500);
  });
});

describe('parts', () => {
  const measured = [
    { component: 'model_weights', gb: 20, basis: 'measured' as const, detail: '' },
    { component: 'activations', gb: 25, basis: 'measured' as const, detail: '' },
  ];

  it('keep order and colour as they move, and say what they held', () => {
    const now = movedParts(
      measured,
      [
        { component: 'model_weights', gb: 20 },
        { component: 'activations', gb: 5 },
      ],
      100,
    );
    expect(now.map(({ component, before, gb, share }) => [component, before, gb, share])).toEqual([
      ['activations', 25, 5, 0.05],
      ['model_weights', 20, 20, 0.2],
    ]);
    expect(now[0]?.colour).toBe(movedParts(measured, [], 100)[0]?.colour);
  });

  it('that are new come with nothing before', () => {
    const parts = movedParts(measured, [{ component: 'ema', gb: 2 }], 100);
    expect(parts.find((part) => part.component === 'ema')).toMatchObject({ before: 0, gb: 2 });
  });
});

describe('a judgement', () => {
  const killed: WhatifAnswer = {
    settings: [],
    pool: 'container limit',
    limit_gb: 8,
    current_peak_gb: 8,
    predicted_peak_gb: 8,
    predicted_peak_low_gb: 8,
    predicted_peak_high_gb: 9,
    target_gb: 7,
    fits: false,
    breakdown: [],
    not_known: [],
    adjustable: [],
  };
  const at = (likely: number, fits = false) => judgementOf({ ...killed, predicted_peak_gb: likely, fits });

  it('is that what died at its limit does not fit', () => {
    expect(at(6, true)).toBe('fits');
    expect(at(7.9)).toBe('may fit');
    expect(at(8)).toBe('does not fit');
  });
});

describe('what if', () => {
  const show = (answer: (asked: Asked) => Response | Promise<Response> = answerTo) =>
    renderWith({ [kRoute]: answer }, <WhatIf job="flux/1" analysis={analysis} />);

  it('begins with the run as it was', async () => {
    const { asked } = show();
    expect(await screen.findByText('44.0 GB')).toBeDefined();
    expect(asked.map(setOf)).toEqual([{}]);
    expect(screen.getByText('may fit')).toBeDefined();
    expect(screen.getByText(/the size of the text encoder/)).toBeDefined();
  });

  it('predicts as a slider moves; the last position wins', async () => {
    const { asked } = show();
    const slider = await screen.findByRole('slider', { name: 'Batch size' });
    for (const at of [2, 1, 0]) fireEvent.change(slider, { target: { value: String(at) } });
    expect(await screen.findByText('41.0 GB')).toBeDefined();
    expect(screen.getByText('fits')).toBeDefined();
    expect(asked.map(setOf)).toEqual([{}, { [kBatch]: 1 }]);
    expect(screen.getByText('was 4')).toBeDefined();
  });

  it('drops an answer that was overtaken', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    show(async (asked) => {
      if (setOf(asked)[kBatch] === 2) await held;
      return answerTo(asked);
    });
    const slider = await screen.findByRole('slider', { name: 'Batch size' });
    fireEvent.change(slider, { target: { value: '1' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    fireEvent.change(slider, { target: { value: '7' } });
    expect(await screen.findByText('48.0 GB')).toBeDefined();
    release();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(screen.getByText('48.0 GB')).toBeDefined();
    expect(screen.getByText('does not fit')).toBeDefined();
  });

  it('has switches and choices, and goes back to how it was', async () => {
    const { asked } = show();
    await userEvent.click(await screen.findByRole('switch', { name: 'Quantize the base weights' }));
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Optimizer' }), 'adamw8bit');
    await waitFor(() =>
      expect(asked.map(setOf).at(-1)).toEqual({
        [kQuantize]: true,
        'config.process[0].train.optimizer': 'adamw8bit',
      }),
    );
    await userEvent.click(screen.getByRole('button', { name: 'As it was' }));
    await waitFor(() => expect(asked.map(setOf).at(-1)).toEqual({}));
  });

  it('takes over what is recommended', async () => {
    const { asked } = show();
    await userEvent.click(await screen.findByRole('button', { name: 'As recommended' }));
    const wanted = Object.fromEntries(
      (analysis.plan?.changes ?? []).map((change) => [change.config_path, change.value]),
    );
    await waitFor(() => expect(asked.map(setOf).at(-1)).toEqual(wanted));
  });

  it('keeps apart what does not move the peak', async () => {
    show();
    expect(await screen.findByText('1 more that alone does not move this peak')).toBeDefined();
  });

  it("says in the server's words why a run cannot be asked", async () => {
    show(() => json({ error: 'the run has no config of a client that is known' }, 404));
    expect(await screen.findByText('the run has no config of a client that is known')).toBeDefined();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('offers to ask again when the server fails, and keeps what was there when a later question fails', async () => {
    let broken = true;
    show((asked) => (broken ? json({ error: 'the database is held' }, 503) : answerTo(asked)));
    await userEvent.click(
      await screen.findByRole('button', { name: 'Try again' }).finally(() => (broken = false)),
    );
    expect(await screen.findByText('44.0 GB')).toBeDefined();
    broken = true;
    fireEvent.change(screen.getByRole('slider', { name: 'Batch size' }), { target: { value: '0' } });
    expect(await screen.findByText(/the database is held/)).toBeDefined();
    expect(screen.getByText('44.0 GB')).toBeDefined();
  });
});
