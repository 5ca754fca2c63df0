// A real Chromium, and what every page of ours must keep to while it is looked at.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
export const axeSource = require('axe-core').source;

export function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // the next name
    }
  return null;
}

/** `browser.look(options)`: a page that has been let in, with what it should never have done. */
export async function openBrowser(server) {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    // A container's root has no user namespace for Chromium's own sandbox; the pages are ours.
    args: ['--disable-gpu', '--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  // The address that was printed opens once; the cookie that it leaves is what other contexts get.
  const first = await browser.newContext();
  await (await first.newPage()).goto(server.opening);
  const cookies = await first.cookies();
  await first.close();
  return {
    close: () => browser.close(),
    async look(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      await context.addCookies(cookies);
      const page = await context.newPage();
      const sins = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(server.origin) && !/^(blob|data):/.test(url)) sins.push(`asked ${url}`);
      });
      page.on('pageerror', (error) => sins.push(`error: ${error.message}`));
      page.on('dialog', (dialog) => {
        sins.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security Policy|Refused/.test(message.text())) sins.push(message.text());
      });
      return {
        page,
        context,
        sins,
        goto: (path) => page.goto(server.origin + path, { waitUntil: 'load' }),
        api: async (path, init = {}) => {
          const answer = await context.request.fetch(server.origin + path, init);
          if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
          return answer.json();
        },
        close: () => context.close(),
      };
    },
  };
}

/** What axe finds against WCAG 2 A and AA, as sentences. */
export async function accessibilityFaults(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() =>
    // eslint-disable-next-line no-undef
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
  );
  return found.violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}
