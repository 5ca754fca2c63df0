import { describe, expect, it } from 'vitest';

import { goldenAnswers, goldenNames, goldenText } from '../testing/golden';
import { decodeAnalysis, decodeComparison, decodeConfigAnswer, decodeJobs, decodeSeries, decodeWhatif } from './decode';
import { DecodeError, decodeWith } from './decoder';

function read(name: string): Record<string, unknown> {
  const answer: unknown = JSON.parse(goldenText(name));
  if (typeof answer !== 'object' || answer === null) throw new Error(`${name}: no object`);
  return { ...answer };
}

describe('golden answers of the C++ tests', () => {
  it('there are some', () => expect(goldenNames.length).toBeGreaterThan(15));

  it.each(goldenNames)('%s is read, its lists whole', (name) => {
    const answer = read(name);
    const analysis = decodeWith(decodeAnalysis, answer);
    expect(analysis.findings).toHaveLength((answer['findings'] as unknown[]).length);
    expect(analysis.metrics_timeline).toHaveLength((answer['metrics_timeline'] as unknown[]).length);
    expect(analysis.events).toHaveLength((answer['events'] as unknown[]).length);
    expect(analysis.summary.verdict).not.toBe('');
  });

  it('the numbers are the ones of the file', () => {
    const analysis = decodeWith(decodeAnalysis, read('flux_48gb_plan'));
    expect(analysis.summary.peak_memory_gb).toBe(46.25);
    expect(analysis.summary.limiting_pool?.name).toBe('memory of GPU 0');
    expect(analysis.breakdown[0]).toMatchObject({ component: 'model_weights', gb: 28.25, basis: 'measured' });
    expect(analysis.recommendations[0]).toMatchObject({ id: 'quantize', recommended_value: true });
    expect(analysis.plan?.fits).toBe(true);
  });
});

describe('golden answers about a plan', () => {
  const whatifs = goldenAnswers('whatif');
  const configs = goldenAnswers('config');
  it.skipIf(whatifs.length === 0)('have a peak within its interval, and a breakdown', () => {
    for (const [name, answer] of whatifs) {
      const decoded = decodeWith(decodeWhatif, answer);
      expect(decoded.predicted_peak_low_gb, name).toBeLessThanOrEqual(decoded.predicted_peak_gb);
      expect(decoded.predicted_peak_gb, name).toBeLessThanOrEqual(decoded.predicted_peak_high_gb);
      expect(decoded.breakdown.length, name).toBeGreaterThan(0);
    }
  });
  it.skipIf(configs.length === 0)('have a config, its difference and what is predicted of it', () => {
    for (const [name, answer] of configs) {
      const decoded = decodeWith(decodeConfigAnswer, answer);
      expect(decoded.difference, name).toContain('@@');
      expect(decoded.prediction, name).not.toBeNull();
    }
  });
});

describe('an answer that is not what was promised', () => {
  const broken = (change: (answer: Record<string, unknown>) => void) => {
    const answer = structuredClone(read('flux_48gb_plan'));
    change(answer);
    return () => decodeWith(decodeAnalysis, answer);
  };

  it('names the field that is missing', () =>
    expect(broken((answer) => delete answer['summary'])).toThrow('summary: expected an object, found nothing'));

  it('names the place in a list', () =>
    expect(
      broken((answer) => {
        answer['breakdown'] = [{ component: 'ema', gb: '1.5', basis: 'measured' }];
      }),
    ).toThrow('breakdown[0].gb: expected a number, found "1.5"'));

  it('names the words that are known', () =>
    expect(
      broken((answer) => {
        answer['findings'] = [{ id: 'x', severity: 'bad', title: '', explanation: '', confidence: 1, evidence: [] }];
      }),
    ).toThrow('findings[0].severity: expected one of critical, warning, info, found "bad"'));

  it('is no text', () => expect(() => decodeWith(decodeAnalysis, undefined)).toThrow(DecodeError));
});

describe('fields that may come later', () => {
  it('are not asked for', () => {
    const [job] = decodeWith(decodeJobs, [
      { id: 'a', name: 'a', runs: 1, run: 1, status: 'failed', started_at: 1, ended_at: null, steps_completed: 3 },
    ]);
    expect(job).toMatchObject({ id: 'a', health_score: null, peak_memory_gb: null });
  });
});

describe('a config with recommendations in it', () => {
  const answer = { name: '/a/job.yaml', language: 'yaml', config: 'a: 1\n', difference: '', settings: [], warning: null, prediction: null };
  it('may have no prediction', () => expect(decodeWith(decodeConfigAnswer, answer).prediction).toBeNull());
  it('is in a language that is known', () =>
    expect(() => decodeWith(decodeConfigAnswer, { ...answer, language: 'toml' })).toThrow('language: expected one of yaml, json'));
});

describe('a comparison', () => {
  const run = { id: 'a', name: 'a', run: 1, status: 'failed', health_score: 'good', steps_completed: 3, duration_minutes: 1 };
  it('may be of runs without a config', () =>
    expect(
      decodeWith(decodeComparison, { a: run, b: run, settings: null, same_settings: 0, versions: [], breakdown: [] }).settings,
    ).toBeNull());
});

describe('columns', () => {
  it('may have gaps', () =>
    expect(decodeWith(decodeSeries, { columns: { timestamp: [1, 2], loss: [null, 0.5] } }).columns['loss']).toEqual([
      null,
      0.5,
    ]));

  it('of different length are refused by name', () =>
    expect(() => decodeWith(decodeSeries, { columns: { timestamp: [1, 2], loss: [1] } })).toThrow('columns.loss'));
});
