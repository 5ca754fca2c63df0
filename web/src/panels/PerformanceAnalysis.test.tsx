import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { ClientProvider } from '../api/ClientContext';
import { fakeServer, json, renderWith, type Routes } from '../testing/fakeServer';
import { goldenText } from '../testing/golden';
import { PerformanceAnalysis } from './PerformanceAnalysis';

const page = (routes: Routes) => renderWith(routes, <PerformanceAnalysis jobId="9a02" />);

function changed(name: string, change: (answer: { job: { status: string } }) => void): string {
  const answer = JSON.parse(goldenText(name)) as { job: { status: string } };
  change(answer);
  return JSON.stringify(answer);
}

describe('the job page', () => {
  it('says that it loads, then shows every panel', async () => {
    page({ 'GET /api/jobs/9a02/analysis': () => json(goldenText('flux_48gb_plan')) });
    expect(screen.getByRole('status').textContent).toContain('Loading the analysis');
    expect((await screen.findByRole('region', { name: 'Summary' })).textContent).toContain('Completed 30 steps');
    for (const name of ['Summary', 'Who held the peak', 'Why', 'Recommendations', 'Log errors', 'Runs and what the records lack'])
      expect(screen.getByRole('region', { name })).toBeDefined();
  });

  it('shows an error in the server’s words, and asks again', async () => {
    let answers = 0;
    page({
      'GET /api/jobs/9a02/analysis': () =>
        ++answers === 1 ? json({ error: 'the database is held by another program' }, 503) : json(goldenText('completed_healthy')),
    });
    expect((await screen.findByRole('alert')).textContent).toContain('the database is held by another program');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('region', { name: 'Summary' });
  });

  it('of a job that the host knows to run is asked anew, while the run that is shown is the one before', async () => {
    let verdict = 'completed_healthy';
    const routes: Routes = { 'GET /api/jobs/9a02/analysis': () => json(goldenText(verdict)) };
    const { fetcher } = fakeServer(routes);
    const shown = (isLive: boolean) => (
      <ClientProvider fetcher={fetcher}>
        <PerformanceAnalysis jobId="9a02" isLive={isLive} />
      </ClientProvider>
    );
    const view = render(shown(false));
    await screen.findByRole('region', { name: 'Summary' });
    verdict = 'flux_48gb_plan';
    view.rerender(shown(true));
    await screen.findByText(/Base weights in bf16/, { selector: 'p' });
  });

  it('names the field of an answer that it cannot read', async () => {
    page({ 'GET /api/jobs/9a02/analysis': () => json({ job: { id: 3 } }) });
    expect((await screen.findByRole('alert')).textContent).toContain('job.id: expected a text, found 3');
  });

  it('of a run without samples says what to do', async () => {
    page({ 'GET /api/jobs/9a02/analysis': () => json(goldenText('no_samples')) });
    await screen.findByText('No sample of this run was recorded.');
    expect(screen.getByText('tidemark doctor')).toBeDefined();
  });

  it('always says what was dropped', async () => {
    page({ 'GET /api/jobs/9a02/analysis': () => json(goldenText('attach_unknown')) });
    await screen.findByText('3 records dropped');
    expect(screen.getByText('3: the database was unreachable for too long')).toBeDefined();
  });

  it('asks for the analysis anew, and shows it', async () => {
    page({
      'GET /api/jobs/9a02/analysis': () => json(goldenText('completed_healthy')),
      'POST /api/jobs/9a02/analysis': () => json(goldenText('flux_48gb_plan')),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Analyse again' }));
    await screen.findByText(/Base weights in bf16/, { selector: 'p' });
  });
});

describe('a run that goes on', () => {
  it('shows where it stands from its stream, and its end as soon as that is told', async () => {
    let tellEnd: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (tellEnd = resolve));
    let ended = false;
    page({
      'GET /api/jobs/9a02/stream': () => {
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            const send = (text: string) => controller.enqueue(new TextEncoder().encode(text));
            send('id: 1-0-0\nevent: samples\ndata: {"columns":{"timestamp":[1760000000],"used_memory_gb":[3.5]}}\n\n');
            send('id: 1-1-0\nevent: steps\ndata: {"columns":{"timestamp":[1760000000],"step":[1234]}}\n\n');
            await end;
            ended = true;
            send('id: 1-1-0\nevent: end\ndata: {"status":"completed"}\n\n');
            controller.close();
          },
        });
        return new Response(body);
      },
      'GET /api/jobs/9a02/analysis': () => json(goldenText(ended ? 'completed_healthy' : 'still_running')),
    });
    await screen.findByText('step 1,234');
    expect(screen.getByText('memory in use 3.5 GB')).toBeDefined();
    expect(screen.getByText('Live')).toBeDefined();
    tellEnd();
    await waitFor(() =>
      expect(screen.getByRole('region', { name: 'Summary' }).textContent).toContain('Completed 200 steps'),
    );
    expect(screen.queryByText('Live')).toBeNull();
  });

  it('is followed by polling where there is no stream', async () => {
    page({
      'GET /api/jobs/9a02/analysis': () => json(changed('completed_healthy', (answer) => (answer.job.status = 'running'))),
    });
    await screen.findByText('Renewed every 5 seconds');
  });
});
