// The page in a real Chromium over runs that were really recorded: what it shows is what the API says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';

import { hostileName, setUp, settled, skipReason } from './support/scene.mjs';

const gb = (value) => {
  if (value >= 1 - 0.5 / 1024) return `${value.toFixed(1)} GB`;
  return value * 1024 >= 1 - 0.5 / 1024 ? `${(value * 1024).toFixed(0)} MB` : null; // smaller ones are not looked for
};

describe('the page', { skip: skipReason() }, () => {
  let scene;
  let view;
  before(async () => (scene = await setUp()), { timeout: 300_000 });
  after(() => scene?.close());
  beforeEach(async () => (view = await scene.browser.look()));
  afterEach(async () => {
    const sins = view.sins;
    await view.close();
    assert.deepEqual(sins, [], 'no request leaves the server, no script fails, no policy is broken');
  });

  it('lists the jobs as the API has them', async () => {
    const jobs = await view.api('/api/jobs');
    await view.goto('/jobs');
    await view.page.getByRole('table').waitFor();
    const rows = await view.page.getByRole('row').allInnerTexts();
    assert.equal(rows.length, jobs.length + 1);
    for (const job of jobs) {
      const row = rows.find((text) => text.includes(job.name));
      assert.ok(row, `no row of ${job.name}`);
      assert.match(row, new RegExp(job.health_score, 'i'));
      assert.ok(row.includes(gb(job.peak_memory_gb)), `${row} has no ${gb(job.peak_memory_gb)}`);
      assert.ok(row.includes(String(job.steps_completed)));
      assert.ok(row.includes(job.verdict));
    }
  });

  it('shows a run as the API has it, panel by panel', async () => {
    const analysis = await view.api('/api/jobs/small-id/analysis');
    await view.goto('/jobs');
    await view.page.getByRole('link', { name: 'digits_small' }).click();
    await settled(view.page);
    const panel = (name) => view.page.getByRole('region', { name, exact: true });

    const summary = await panel('Summary').innerText();
    assert.ok(summary.includes(analysis.summary.verdict));
    assert.ok(summary.includes(`${gb(analysis.summary.peak_memory_gb)} / ${gb(analysis.summary.total_memory_gb)}`));
    const folded = await panel('Summary').textContent();
    for (const sentence of analysis.job.exit.evidence) assert.ok(folded.includes(sentence));

    const held = await panel('Who held the peak').innerText();
    for (const part of analysis.breakdown) {
      if (gb(part.gb) !== null) assert.ok(held.includes(gb(part.gb)), `no ${part.component} of ${gb(part.gb)}`);
      assert.ok(held.includes(part.basis));
    }
    const why = await panel('Why').innerText();
    for (const finding of analysis.findings) assert.ok(why.includes(finding.title));

    const advice = await panel('Recommendations').innerText();
    assert.ok(analysis.recommendations.length > 0, 'this scene is made to have some');
    for (const one of analysis.recommendations) for (const words of [one.title, one.action, one.cost]) assert.ok(advice.includes(words));

    const quality = await panel('Runs and what the records lack').innerText();
    assert.ok(quality.includes('Nothing was dropped.'));
    assert.match(quality, /Tidemark used .* of CPU time/);
    assert.equal(await view.page.locator('canvas').count() > 0, true, 'the charts are drawn');
  });

  it('applies what is ticked: the difference, the config to take away, and the focus back', async () => {
    await view.goto('/jobs/small-id');
    await settled(view.page);
    const apply = view.page.getByRole('button', { name: 'Apply Recommended Settings' });
    for (const box of await view.page.getByRole('region', { name: 'Recommendations' }).getByRole('checkbox').all()) await box.uncheck();
    assert.ok(await apply.isDisabled());
    const analysis = await view.api('/api/jobs/small-id/analysis');
    const chosen = analysis.recommendations.find(({ changes }) => changes.length > 0);
    await view.page.getByRole('checkbox', { name: chosen.title, exact: true }).check();
    await apply.click();
    const dialog = view.page.getByRole('dialog', { name: 'Apply 1 recommendation' });
    const answer = await view.api(`/api/jobs/small-id/config?apply=${chosen.id}&format=json`);
    const shown = (await dialog.locator('pre').innerText()).split('\n').map((line) => line.trimEnd());
    for (const line of answer.difference.trim().split('\n')) assert.ok(shown.includes(line.trimEnd()), `no line ${line}`);
    assert.match(await dialog.innerText(), /Predicted peak/);
    const [download] = await Promise.all([view.page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download config' }).click()]);
    assert.equal(await readFile(await download.path(), 'utf8'), answer.config);
    assert.match(answer.config, /# kept as it is: comments, order, quotes/);
    await view.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(await apply.evaluate((button) => button === document.activeElement));
  });

  it('predicts another peak when a setting is moved', async () => {
    await view.goto('/jobs/small-id');
    const panel = view.page.getByRole('region', { name: /What if/ });
    const slider = panel.getByRole('slider', { name: /batch/i });
    await slider.waitFor();
    const asked = view.page.waitForRequest((request) => request.url().includes('/whatif') && request.postData()?.includes('batch_size') === true);
    await slider.focus();
    for (let step = 0; step < 3; ++step) await view.page.keyboard.press('ArrowRight');
    const response = await (await asked).response();
    const answer = await response.json();
    await panel.getByText(new RegExp(gb(answer.predicted_peak_gb).replace('.', '\\.'))).first().waitFor();
  });

  it('compares the two that are ticked', async () => {
    await view.goto('/jobs');
    await view.page.getByRole('checkbox', { name: 'Compare digits_small' }).check();
    await view.page.getByRole('checkbox', { name: 'Compare digits_large' }).check();
    await view.page.getByRole('button', { name: 'Compare' }).click();
    const row = view.page.getByRole('row', { name: /train\.batch_size/ });
    await row.waitFor();
    assert.deepEqual((await row.getByRole('cell').allInnerTexts()).sort(), ['4', '8']);
  });

  it('shows a hostile name, message and exception as the text that they are', async () => {
    const analysis = await view.api('/api/jobs/hostile%20id/analysis');
    await view.goto('/jobs');
    await view.page.getByRole('link', { name: hostileName }).click();
    await settled(view.page);
    assert.equal(await view.page.getByRole('heading', { level: 1 }).innerText(), hostileName);
    const log = await view.page.getByRole('region', { name: 'Log errors' }).innerText();
    assert.ok(analysis.log_errors.some(({ message }) => message.includes('<img src=x onerror')), 'the scene is made to have one');
    for (const { message } of analysis.log_errors) assert.ok(log.includes(message.split('\n')[0]), `no ${message}`);
    assert.equal(await view.page.locator('main img, main script, main b').count(), 0);
    assert.equal(await view.page.title(), `${hostileName} · Tidemark`);
  });

  it('goes from a log error to its time in the chart', async () => {
    await view.goto('/jobs/hostile%20id');
    await settled(view.page);
    const log = view.page.getByRole('region', { name: 'Log errors' });
    await log.getByRole('button', { name: /\d\d:\d\d:\d\d/ }).first().click();
    await view.page.waitForFunction(() => {
      const box = [...document.querySelectorAll('section')].find((one) => one.textContent.startsWith('Memory over time'))?.getBoundingClientRect();
      return box !== undefined && box.top < innerHeight / 2 && box.bottom > 0;
    });
  });

  it('says in the server’s words that a job is not there', async () => {
    await view.goto('/jobs/nobody');
    assert.match(await view.page.getByRole('alert').innerText(), /no job nobody/);
  });
});
