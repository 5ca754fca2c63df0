import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import type { TimelineChartProps } from '../chart/TimelineChart';
import { type Asked, json, renderWith, type Routes } from '../testing/fakeServer';
import { goldenAnalysis } from '../testing/golden';
import { MemoryTimeline } from './MemoryTimeline';
import { tableRows } from './MemoryTimelineTable';
import { timeTable } from '../chart/timeTable';

/** What the charts were given last: there is no canvas here. */
const charts = vi.hoisted(() => ({ shown: [] as TimelineChartProps[] }));
vi.mock('../chart/TimelineChart', () => ({
  kGroupClass: 'group',
  TimelineChart: (props: TimelineChartProps) => {
    charts.shown = [
      ...charts.shown.filter((one) => one.spec.series[0]?.column !== props.spec.series[0]?.column),
      props,
    ];
    return null;
  },
}));

const analysis = goldenAnalysis('completed_healthy');
const start = analysis.job.started_at ?? 0;
const day = Array.from({ length: 3000 }, (_, i) => start + i * 28.8);

function chart(column: string): TimelineChartProps {
  const found = charts.shown.find((one) => one.spec.series.some((series) => series.column === column));
  if (!found) throw new Error(`no chart of ${column}`);
  return found;
}

function timeline(asked: Asked) {
  const query = new URLSearchParams(asked.path.split('?')[1]);
  const from = Number(query.get('from') ?? start);
  const to = Number(query.get('to') ?? start + 86_400);
  const times = day.filter((at) => at >= from && at <= to);
  return json({
    columns: {
      timestamp: times,
      used_memory_gb: times.map((_, i) => (i === 5 ? 19.5 : 6)),
      main_process_memory_gb: times.map(() => 4),
      swap_used_gb: times.map(() => 0),
    },
  });
}

function steps() {
  return json({
    columns: {
      timestamp: day,
      step: day.map((_, i) => i + 1),
      loss: day.map(() => 0.5),
      learning_rate: day.map(() => 1e-4),
    },
  });
}

const routes: Routes = { 'GET /api/jobs/a%2Fb/timeline': timeline, 'GET /api/jobs/a%2Fb/steps': steps };
const show = (focusTime: { at: number; serial: number } | null = null, changes: Routes = {}) => {
  charts.shown = [];
  return renderWith(
    { ...routes, ...changes },
    <MemoryTimeline job="a/b" analysis={analysis} focusTime={focusTime} />,
  );
};
const slider = () => screen.findByRole('slider', { name: 'Memory over time' });

describe('memory over time', () => {
  it('shows the whole run, its lines with their highest, and what the trainer did', async () => {
    show();
    expect(await screen.findByRole('button', { name: /used\s*max 19.5 GB/ })).toBeDefined();
    expect(screen.getByRole('button', { name: /swap\s*none/ })).toBeDefined();
    await screen.findByRole('button', { name: 'Loss', pressed: true });
    expect(chart('used_memory_gb').view.window).toEqual(chart('loss').view.window);
    expect(chart('used_memory_gb').view.limit?.gb).toBe(64);
    expect(screen.getByRole('button', { name: 'Show the whole run' })).toHaveProperty('disabled', true);
  });

  it('takes a line out and brings it back', async () => {
    show();
    const used = await screen.findByRole('button', { name: /used/ });
    await userEvent.click(used);
    expect(chart('used_memory_gb').view.hidden.has('used_memory_gb')).toBe(true);
    await userEvent.click(used);
    expect(chart('used_memory_gb').view.hidden.size).toBe(0);
  });

  it('fetches finer data of what is zoomed to, once the movement rests', async () => {
    const { asked } = show();
    await slider();
    act(() => chart('used_memory_gb').onWidth?.(800));
    for (const width of [40_000, 30_000, 20_000])
      act(() => chart('used_memory_gb').onWindow({ from: start + 1000, to: start + 1000 + width }));
    await waitFor(() =>
      expect(asked.filter(({ path }) => path.includes('timeline') && path.includes('from='))).toHaveLength(1),
    );
    const query = new URLSearchParams(
      asked.find(({ path }) => path.includes('timeline') && path.includes('from='))?.path.split('?')[1],
    );
    expect(Number(query.get('from'))).toBeLessThanOrEqual(start + 1000);
    expect(Number(query.get('to'))).toBeGreaterThanOrEqual(start + 21_000);
    expect(Number(query.get('points'))).toBeGreaterThan(1600);
    expect(chart('used_memory_gb').view.window).toEqual({ from: start + 1000, to: start + 21_000 });
  });

  it('is walked by keys: zoom, move, read, whole run', async () => {
    show();
    const area = await slider();
    const whole = chart('used_memory_gb').view.window;
    fireEvent.keyDown(area, { key: '+' });
    const near = chart('used_memory_gb').view.window;
    expect(near.to - near.from).toBeLessThan(whole.to - whole.from);
    fireEvent.keyDown(area, { key: 'ArrowRight', shiftKey: true });
    expect(chart('used_memory_gb').view.window.from).toBeGreaterThan(near.from);
    fireEvent.keyDown(area, { key: '0' });
    expect(chart('used_memory_gb').view.window).toEqual(whole);
  });

  it('says what stands at the cursor: the step and every value', async () => {
    show();
    const area = await slider();
    await screen.findByRole('button', { name: 'Loss', pressed: true });
    act(() => chart('used_memory_gb').onCursor({ time: day[5] ?? 0, left: 100 }));
    const spoken = area.getAttribute('aria-valuetext') ?? '';
    expect(spoken).toContain('0:02:24 after the start');
    expect(spoken).toContain('step 6 of 200');
    expect(spoken).toContain('used 19.5 GB');
    expect(spoken).toContain('main 4.0 GB');
  });

  it('goes to the moment that another panel asks for, and back to the whole', async () => {
    show({ at: start + 50_000, serial: 1 });
    await slider();
    await waitFor(() => expect(chart('used_memory_gb').view.pin).toBe(start + 50_000));
    const { from, to } = chart('used_memory_gb').view.window;
    expect(from).toBeGreaterThan(start + 40_000);
    expect(to).toBeLessThan(start + 60_000);
    await userEvent.click(screen.getByRole('button', { name: 'Show the whole run' }));
    expect(chart('used_memory_gb').view.pin).toBeNull();
  });

  it('shows the steps that are chosen', async () => {
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Learning rate', pressed: false }));
    expect(chart('learning_rate').spec.hasTimeLabels).toBe(true);
    expect(chart('loss').spec.hasTimeLabels).toBe(false);
  });

  it('has a table of what is shown, the peak in it, made when it is opened', async () => {
    show();
    await slider();
    expect(screen.queryByRole('table')).toBeNull();
    const details = screen.getByText('As a table').closest('details');
    if (details === null) throw new Error('no table to open');
    details.open = true;
    fireEvent(details, new Event('toggle'));
    expect(await screen.findByRole('rowheader', { name: '0:02:24' })).toBeDefined();
    expect(screen.getAllByRole('cell', { name: '19.5 GB' })).toHaveLength(1);
    expect(screen.getAllByRole('row').length).toBeLessThan(60);
  });

  it('has in a table, beside rows at even distances, those of the highest values', () => {
    const table = timeTable({ timestamp: day, used_memory_gb: day.map((_, i) => (i === 1234 ? 9 : 1)) });
    expect(tableRows(table, { from: start, to: start + 86_400 }, ['used_memory_gb'], 40)).toContain(1234);
  });

  it('says so when there is no sample, and no step', async () => {
    const nothing = () => json({ columns: {} });
    show(null, { 'GET /api/jobs/a%2Fb/timeline': nothing });
    expect(await screen.findByText('No memory sample of this run was recorded.')).toBeDefined();
    show(null, { 'GET /api/jobs/a%2Fb/steps': nothing });
    expect(await screen.findByText('No step of this run is known.')).toBeDefined();
  });

  it("says in the server's words what failed, and asks again", async () => {
    let broken = true;
    show(null, {
      'GET /api/jobs/a%2Fb/timeline': (asked) =>
        broken ? json({ error: 'the database is held' }, 503) : timeline(asked),
    });
    expect(await screen.findByText('the database is held')).toBeDefined();
    broken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await slider()).toBeDefined();
  });
});
