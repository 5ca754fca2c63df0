// A run that goes on, watched from its first steps to its end.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { openBrowser } from './support/browser.mjs';
import { makeHome, serve, startRun, writeConfig } from './support/program.mjs';
import { skipReason } from './support/scene.mjs';

describe('a run that goes on', { skip: skipReason() }, () => {
  let home, server, browser;
  before(async () => {
    home = await makeHome();
    server = await serve(home);
    browser = await openBrowser(server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await home?.remove();
  });

  it('comes up in an empty list, moves, and turns into its report without a reload', { timeout: 180_000 }, async () => {
    const view = await browser.look();
    const { page } = view;
    await view.goto('/jobs');
    await page.getByText('tidemark run -- python train.py').waitFor();

    const stopFile = join(home.folder, 'enough');
    const config = await writeConfig(home, 'live', 4);
    const run = startRun(home, { id: 'live-id', name: 'live_digits', config, words: [40, 0.1, 'wait', stopFile] });
    try {
      await page.getByRole('link', { name: 'live_digits' }).click({ timeout: 60_000 });
      const strip = page.getByRole('status').filter({ hasText: /Live|Connecting|Renewed/ });
      await strip.getByText('Live').waitFor({ timeout: 60_000 });
      const step = async () => Number((/step ([\d,]+)/.exec(await strip.innerText()) ?? [])[1]?.replaceAll(',', ''));
      await strip.getByText(/step \d/).waitFor({ timeout: 60_000 });
      const first = await step();
      await page.waitForFunction((before) => Number(/step ([\d,]+)/.exec(document.body.innerText)?.[1].replaceAll(',', '')) >= before + 20, first, { timeout: 60_000 });
      assert.match(await strip.innerText(), /memory in use \d+\.\d GB/);
    } finally {
      await writeFile(stopFile, '');
    }
    assert.equal((await run.ended).code, 0);
    const summary = page.getByRole('region', { name: 'Summary' });
    await summary.getByText(/^Completed \d+/).waitFor({ timeout: 30_000 });
    const { summary: told } = await view.api('/api/jobs/live-id/analysis');
    assert.ok((await summary.innerText()).includes(told.verdict));
    assert.equal(await page.getByText('Live', { exact: true }).count(), 0);
    assert.deepEqual(view.sins, []);
    await view.close();
  });
});
