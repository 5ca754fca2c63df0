// The pictures of the README: node tests/browser/screenshots.mjs [FOLDER]. With a folder its runs are kept there, and
// those of an earlier call are taken. Each is of a run that was really recorded; the one
// that is killed for memory needs a memory cgroup of its own to be made (as root), else it meets a resource limit.
import { existsSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openBrowser } from './support/browser.mjs';
import { makeHome, repository, serve, startRun, writeConfig } from './support/program.mjs';
import { settled, skipReason } from './support/scene.mjs';

const pictures = join(repository, 'docs/images');
const limitMib = 900;
const shapes = 'mat1 and mat2 shapes cannot be multiplied (308x64 and 77x64)';

/** Words before a command that put it under the limit, and how to take that away again. */
async function memoryLimit() {
  const bytes = String(limitMib << 20);
  for (const [root, file] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ]) {
    const folder = join(root, `tidemark-pictures-${process.pid}`);
    try {
      await mkdir(folder);
      await writeFile(join(folder, file), bytes);
      return { words: ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', folder], remove: () => rmdir(folder).catch(() => undefined) };
    } catch {
      await rmdir(folder).catch(() => undefined);
    }
  }
  return { words: ['sh', '-c', 'ulimit -v "$0" && exec "$@"', String(limitMib << 10)], remove: async () => undefined };
}

async function recordRuns(home) {
  const limit = await memoryLimit();
  const runs = [
    { id: 'b4', name: 'portrait_lora_b4', config: await writeConfig(home, 'portrait_lora_b4', 4), words: [40, 0.2] },
    { id: 'b8', name: 'portrait_lora_b8', config: await writeConfig(home, 'portrait_lora_b8', 8), words: [40, 0.2] },
    { id: 'failed', name: 'style_lora', config: await writeConfig(home, 'style_lora', 4), words: [30, 0.2, 'raise', shapes] },
    {
      id: 'oom',
      name: 'portrait_lora_workers',
      config: await writeConfig(home, 'portrait_lora_workers', 4, 6),
      words: [300, 0.4, 'workers', 6, 2],
      under: limit.words,
    },
  ];
  for (const run of runs) await startRun(home, run).ended;
  await limit.remove();
}

/** A picture of the page at `path`, or of the region of that name. */
async function shoot(browser, name, path, options, region) {
  const view = await browser.look(options);
  await view.goto(path);
  await (path === '/jobs' ? view.page.getByRole('table').waitFor() : settled(view.page));
  await view.page.waitForLoadState('networkidle');
  await view.page.waitForTimeout(1000); // what is drawn after the data came
  const what = region ? view.page.getByRole('region', { name: region, exact: true }) : view.page;
  await what.screenshot({ path: join(pictures, `${name}.png`) });
  await view.close();
}

const missing = skipReason();
if (missing) throw new Error(missing);
const kept = process.argv[2];
const home = await makeHome(kept);
try {
  if (!existsSync(home.database)) await recordRuns(home);
  const server = await serve(home);
  const browser = await openBrowser(server);
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const wide = { viewport: { width: 1280, height: 1120 }, colorScheme };
    await shoot(browser, `job_${colorScheme}`, '/jobs/oom', wide);
    await shoot(browser, `memory_${colorScheme}`, '/jobs/oom', wide, 'Memory over time');
  }
  await shoot(browser, 'jobs', '/jobs', { viewport: { width: 1280, height: 400 }, colorScheme: 'light' });
  await shoot(browser, 'phone', '/jobs/oom', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await browser.close();
  await server.stop();
} finally {
  if (!kept) await home.remove();
}
