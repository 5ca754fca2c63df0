// The page over a long run in headless Chromium: when the first chart is drawn from a cold start, and how long the
// frames take while that run is zoomed and moved.
//   node page.mjs ADDRESS JOB [TIMES]
// ADDRESS is the server's; where it asks for a token, the one that it printed to be opened once. Prints one line of
// JSON.
import { createRequire } from 'node:module';

import { chromiumPath } from '../../tests/browser/support/browser.mjs';

const { chromium } = createRequire(import.meta.url)('playwright-core');

const [, , address, job, times = '5'] = process.argv;
if (!address || !job) {
  console.error('usage: node page.mjs ADDRESS JOB [TIMES]');
  process.exit(2);
}
const place = `${new URL(address).origin}/jobs/${encodeURIComponent(job)}`;
const launch = () =>
  chromium.launch({
    executablePath: chromiumPath(),
    // As the browser tests launch it: a container's root has no user namespace for Chromium's own sandbox.
    args: ['--disable-gpu', '--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });

/** Runs in the page: notes the frame after the one in which a chart's canvas has something on it. */
function noteFirstChart() {
  const isDrawn = (canvas) => {
    if (canvas.width === 0 || canvas.height === 0) return false;
    // A column through the middle of the plot: blank until its lines are drawn.
    const column = canvas.getContext('2d').getImageData(canvas.width >> 1, 0, 1, canvas.height).data;
    return column.some((value) => value !== 0);
  };
  const look = () => {
    const canvas = document.querySelector('.uplot canvas');
    if (canvas === null || !isDrawn(canvas)) requestAnimationFrame(look);
    else requestAnimationFrame(() => (window.firstChartMs = performance.now()));
  };
  requestAnimationFrame(look);
}

/** A browser of its own, so nothing is kept: milliseconds from the navigation to the chart on the screen, and from the
 *  start of the browser's process. */
async function coldStart() {
  const launched = performance.now();
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    if (address !== place) await page.goto(address, { waitUntil: 'commit' });
    await page.addInitScript(noteFirstChart);
    await page.goto(place, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.firstChartMs !== undefined, undefined, { timeout: 60_000, polling: 20 });
    const withBrowser = performance.now() - launched;
    const timing = await page.evaluate(() => ({
      chart: window.firstChartMs,
      contentful: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
      transferred: performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0),
    }));
    return { ...timing, withBrowser };
  } finally {
    await browser.close();
  }
}

/** Runs in the page until it is called again: the time between one frame and the next. */
function recordFrames() {
  window.frames_ = [];
  let before = performance.now();
  const next = (now) => {
    if (window.frames_ === null) return;
    window.frames_.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}

async function framesOf(page, movement) {
  await page.evaluate(recordFrames);
  await movement();
  return page.evaluate(() => {
    const frames = window.frames_.slice(2);
    window.frames_ = null;
    return frames;
  });
}

const kNotches = 90;

/** Zooms to a minute and out again by the wheel, then reads along the run and moves it. */
async function smoothness() {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    if (address !== place) await page.goto(address, { waitUntil: 'commit' });
    await page.goto(place);
    const plot = page.locator('.u-over').first();
    await plot.waitFor();
    await page.getByRole('slider', { name: 'Steps over time' }).waitFor({ timeout: 60_000 });
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    const x = box.x + box.width * 0.6;
    const y = box.y + box.height / 2;
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    const zoom = await framesOf(page, async () => {
      for (let i = 0; i < kNotches; i += 1) await page.mouse.wheel(0, -100);
      await page.waitForTimeout(400);
      for (let i = 0; i < kNotches; i += 1) await page.mouse.wheel(0, 100);
      await page.waitForTimeout(400);
    });
    for (let i = 0; i < kNotches / 6; i += 1) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await page.waitForTimeout(800);
    const hover = await framesOf(page, async () => {
      for (let i = 0; i < kNotches; i += 1) await page.mouse.move(box.x + (box.width * i) / kNotches, y);
    });
    const pan = await framesOf(page, async () => {
      for (let i = 0; i < kNotches; i += 1) await page.mouse.wheel(40, 0);
      await page.waitForTimeout(400);
    });
    return { zoom: summary(zoom), hover: summary(hover), pan: summary(pan) };
  } finally {
    await browser.close();
  }
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { count: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: sorted.at(-1) ?? null };
}

const starts = [];
for (let i = 0; i < Number(times); i += 1) starts.push(await coldStart());
const of = (what) => summary(starts.map((start) => start[what]));
console.log(
  JSON.stringify({
    first_chart_ms: of('chart'),
    first_contentful_paint_ms: of('contentful'),
    with_browser_start_ms: of('withBrowser'),
    transferred_bytes: starts[0]?.transferred ?? null,
    frames_ms: await smoothness(),
  }),
);
