// The page for everyone: what axe finds, the keyboard alone, a phone's width, both themes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { accessibilityFaults } from './support/browser.mjs';
import { setUp, settled, skipReason } from './support/scene.mjs';

describe('the page for everyone', { skip: skipReason() }, () => {
  let scene;
  before(async () => (scene = await setUp()), { timeout: 300_000 });
  after(() => scene?.close());

  for (const colorScheme of ['light', 'dark'])
    for (const path of ['/jobs', '/jobs/small-id', '/jobs/hostile%20id'])
      it(`${path} has no fault that axe finds, ${colorScheme}`, async () => {
        const view = await scene.browser.look({ colorScheme });
        await view.goto(path);
        await (path === '/jobs' ? view.page.getByRole('table').waitFor() : settled(view.page));
        assert.equal(await view.page.locator('.tm-root').getAttribute('data-theme'), colorScheme);
        assert.deepEqual(await accessibilityFaults(view.page), []);
        await view.close();
      });

  for (const colorScheme of ['light', 'dark'])
    it(`the dialog and the comparison have no fault that axe finds, ${colorScheme}`, async () => {
      const view = await scene.browser.look({ colorScheme });
      await view.goto('/jobs/small-id');
      await view.page.getByRole('region', { name: 'Recommendations' }).getByRole('checkbox').first().check();
      await view.page.getByRole('button', { name: 'Apply Recommended Settings' }).click();
      await view.page.getByRole('dialog').getByRole('button', { name: 'Download config' }).waitFor();
      assert.deepEqual(await accessibilityFaults(view.page), []);
      await view.goto('/compare?a=small-id&b=large%2Fid');
      await view.page.getByRole('row', { name: /train\.batch_size/ }).waitFor();
      assert.deepEqual(await accessibilityFaults(view.page), []);
      await view.close();
    });

  for (const width of [360, 768])
    for (const path of ['/jobs', '/jobs/small-id', '/jobs/hostile%20id', '/compare?a=small-id&b=large%2Fid'])
      it(`${path} fits ${width} pixels`, async () => {
        const view = await scene.browser.look({ viewport: { width, height: 740 }, isMobile: width < 500, hasTouch: true });
        await view.goto(path);
        await view.page.waitForLoadState('networkidle');
        const { wide, room } = await view.page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }));
        assert.ok(wide <= room, `${wide} pixels of ${room}`);
        await view.close();
      });

  it('is walked by the keyboard alone, from the list to the dialog and back', async () => {
    const view = await scene.browser.look();
    await view.goto('/jobs');
    const { page } = view;
    await page.getByRole('table').waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
    const visible = () =>
      page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        const box = document.activeElement.getBoundingClientRect();
        return style.outlineStyle !== 'none' && box.width > 0 && box.height > 0;
      });
    const tabTo = async (wanted) => {
      for (let press = 0; press < 80; ++press) {
        await page.keyboard.press('Tab');
        assert.ok(await visible(), `the focus on ${await focused()} is not seen`);
        if ((await focused()).includes(wanted)) return;
      }
      assert.fail(`${wanted} is not reached`);
    };
    await page.evaluate(() => document.body.focus());
    await tabTo('digits_small');
    await tabTo('digits_small'); // its box, then its name
    await page.keyboard.press('Enter');
    await settled(page);
    await tabTo('Apply Recommended Settings').catch(() => undefined); // disabled where there is no plan
    const box = page.getByRole('region', { name: 'Recommendations' }).getByRole('checkbox').first();
    await box.focus();
    if (!(await box.isChecked())) await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Apply Recommended Settings' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Copy/ }).waitFor();
    for (let press = 0; press < 12; ++press) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)), 'the focus stays in the dialog');
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await view.close();
  });

  it('keeps the colours that were chosen', async () => {
    const view = await scene.browser.look({ colorScheme: 'light' });
    await view.goto('/jobs');
    await view.page.getByRole('button', { name: 'Dark' }).click();
    await view.page.reload();
    assert.equal(await view.page.locator('.tm-root').getAttribute('data-theme'), 'dark');
    await view.close();
  });
});
