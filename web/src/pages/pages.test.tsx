import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeServer, json, type Routes } from '../testing/fakeServer';
import { goldenText } from '../testing/golden';
import { App } from './App';
import { parseRoute } from './router';

describe('an address', () => {
  it('of a job may have any letters in it', () =>
    expect(parseRoute('/jobs/a%2Fb%3C', '?run=3')).toEqual({ page: 'job', job: 'a/b<', run: 3 }));
  it('with a broken escape is nothing of ours', () =>
    expect(parseRoute('/jobs/%E0%A4%A', '')).toEqual({ page: 'unknown', path: '/jobs/%E0%A4%A' }));
  it('with a run that is none means the latest', () =>
    expect(parseRoute('/jobs/a', '?run=-1')).toEqual({ page: 'job', job: 'a', run: undefined }));
  it('of a comparison names both', () =>
    expect(parseRoute('/compare', '?a=x%26y&b=z')).toEqual({ page: 'compare', a: { job: 'x&y' }, b: { job: 'z' } }));
});

const jobs = [
  { id: 'old/1', name: '<b>old</b>', runs: 2, run: 2, status: 'failed', started_at: 1760000000, ended_at: 1760000072, steps_completed: 30, peak_memory_gb: 46.25, total_memory_gb: 47.5, health_score: 'critical', verdict: 'Killed at step 30.' },
  { id: 'new', name: 'new', runs: 1, run: 1, status: 'completed', started_at: 1760001000, ended_at: 1760001060, steps_completed: 1200, peak_memory_gb: 5, total_memory_gb: 47.5, health_score: 'good' },
];

function open(address: string, routes: Routes) {
  window.history.replaceState(null, '', address);
  const server = fakeServer(routes);
  vi.stubGlobal('fetch', server.fetcher);
  render(<App />);
  return server;
}

beforeEach(() => {
  vi.spyOn(window, 'scrollTo').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the list of jobs', () => {
  it('has each with its health, its peak and its verdict, the newest first', async () => {
    open('/jobs', { 'GET /api/jobs': () => json(jobs) });
    const rows = (await screen.findAllByRole('row')).slice(1);
    expect(rows.map((row) => within(row).getByRole('link').textContent)).toEqual(['new', '<b>old</b>']);
    expect(rows[1]?.textContent).toContain('Killed at step 30.');
    expect(within(rows[1] ?? document.body).getByRole('meter').getAttribute('aria-valuetext')).toBe('46.2 GB of 47.5 GB, 97%');
  });

  it('is sorted and filtered', async () => {
    open('/jobs', { 'GET /api/jobs': () => json(jobs) });
    await userEvent.click(await screen.findByRole('button', { name: 'Peak' }));
    expect(screen.getByRole('columnheader', { name: 'Peak' }).getAttribute('aria-sort')).toBe('descending');
    expect(screen.getAllByRole('link', { name: /old|new/ })[0]?.textContent).toBe('<b>old</b>');
    await userEvent.type(screen.getByRole('searchbox'), 'new');
    expect(screen.queryByText('<b>old</b>')).toBeNull();
  });

  it('leads to the comparison of the two that are ticked', async () => {
    open('/jobs', { 'GET /api/jobs': () => json(jobs) });
    const compare = await screen.findByRole<HTMLButtonElement>('button', { name: 'Compare' });
    expect(compare.disabled).toBe(true);
    for (const box of screen.getAllByRole('checkbox')) await userEvent.click(box);
    await userEvent.click(compare);
    expect(window.location.pathname + window.location.search).toBe('/compare?a=old%2F1&b=new');
  });

  it('without any says how to make one', async () => {
    open('/jobs', { 'GET /api/jobs': () => json([]) });
    await screen.findByText('tidemark run -- python train.py');
  });

  it('without a database says so, and asks again', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    let answers = 0;
    open('/jobs', { 'GET /api/jobs': () => (++answers === 1 ? json({ error: 'there is no database here' }, 404) : json(jobs)) });
    await screen.findByText('there is no database here');
    await vi.advanceTimersByTimeAsync(3500);
    await screen.findByRole('table');
    vi.useRealTimers();
  });

  it('of a server that wants a token shows its words', async () => {
    open('/jobs', { 'GET /api/jobs': () => json({ error: 'the token is missing or wrong' }, 401) });
    expect((await screen.findByRole('alert')).textContent).toContain('the token is missing or wrong');
  });

  it('leads to a job, whose name is the heading and has the focus', async () => {
    open('/jobs', {
      'GET /api/jobs/old%2F1/analysis': () => json(goldenText('flux_48gb_plan')),
      'GET /api/jobs': () => json(jobs),
    });
    await userEvent.click(await screen.findByRole('link', { name: '<b>old</b>' }));
    expect(window.location.pathname).toBe('/jobs/old%2F1');
    await screen.findByRole('heading', { level: 1, name: 'flux_a6000' });
    expect(document.activeElement?.tagName).toBe('H1');
    expect(document.title).toBe('flux_a6000 · Tidemark');
  });
});

describe('a comparison', () => {
  const run = { id: 'a', name: 'a', run: 1, status: 'failed', health_score: 'critical', verdict: 'v', steps_completed: 3, duration_minutes: 1 };
  it('has what differs, and by how much', async () => {
    open('/compare?a=a&b=b', {
      'GET /api/diff?a=a&b=b': () =>
        json({
          a: run,
          b: { ...run, id: 'b', name: 'b' },
          settings: [{ config_path: 'config.process[0].train.batch_size', a: 4, b: 1 }],
          same_settings: 12,
          versions: [{ name: 'torch', a: '2.4', b: null }],
          breakdown: [{ component: 'activations', a_gb: 11.5, b_gb: 3 }],
        }),
    });
    expect((await screen.findByRole('row', { name: /train.batch_size/ })).textContent).toBe('train.batch_size41');
    expect(screen.getByRole('row', { name: /activations/ }).textContent).toContain('−8.5 GB');
    expect(screen.getByText('1 differs, 12 the same')).toBeDefined();
  });
});

it('two runs of a job are compared from its page, the earlier one first', async () => {
  const asked = open('/jobs/9a02', {
    'GET /api/jobs/9a02/analysis': () => json(goldenText('flux_48gb_plan')),
    'GET /api/jobs/9a02/runs': () =>
      json([1, 2].map((run) => ({ run, status: 'completed', started_at: 1760000000, ended_at: 1760000100 }))),
  }).asked;
  await userEvent.click(await screen.findByRole('button', { name: /compare run 2/ }));
  await waitFor(() => expect(asked.at(-1)?.path).toBe('/api/diff?a=9a02&b=9a02&a_run=1&b_run=2'));
});

describe('the colours', () => {
  it('are the viewer’s choice, kept', async () => {
    open('/jobs', { 'GET /api/jobs': () => json([]) });
    await userEvent.click(screen.getByRole('button', { name: 'Dark' }));
    await waitFor(() => expect(document.querySelector('.tm-root')?.getAttribute('data-theme')).toBe('dark'));
    expect(localStorage.getItem('tidemark-theme')).toBe('dark');
    await userEvent.click(screen.getByRole('button', { name: "The system's colours" }));
    expect(document.querySelector('.tm-root')?.getAttribute('data-theme')).toBe('light');
  });
});
