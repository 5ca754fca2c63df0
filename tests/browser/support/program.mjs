// The real program: runs that it monitors, and its server.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const repository = join(here, '../../..');
export const trainer = join(here, '../trainer.py');
const program = process.env.TIDEMARK ?? join(repository, 'build/release/tidemark');
const python = join(repository, '.venv/bin/python');
const webFolder = join(repository, 'web/dist');

/** Why the tests cannot run here, or null. */
export function whatIsMissing() {
  for (const file of [program, python, join(webFolder, 'index.html')])
    if (!existsSync(file)) return `${file} is missing: run ./do build`;
  return null;
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** A folder with a database of its own, new unless it is named; `remove` takes it away. */
export async function makeHome(named) {
  const folder = named ?? (await mkdtemp(join(tmpdir(), 'tidemark-page-')));
  await mkdir(folder, { recursive: true });
  return { folder, database: join(folder, 'runs.db'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a run of the trainer, behind the words of `under`, and answers at once; `ended` resolves with how it
 *  ended. */
export function startRun(home, { id, name, config, words, under = [] }) {
  const options = ['run', '--db', home.database, '--job-id', id, '--name', name, '--interval', '0.5'];
  if (config) options.push('--config', config);
  const child = spawn(program, [...options, '--', ...under, python, trainer, ...words.map(String)], {
    cwd: home.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: home.folder, XDG_DATA_HOME: join(home.folder, 'data') },
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  return { ended: ended(child).then((how) => ({ ...how, said })), stop: () => child.kill('SIGINT') };
}

/** A config as ai-toolkit's, with this batch size and so many workers. */
export async function writeConfig(home, name, batchSize, workers = 2) {
  const file = join(home.folder, `${name}.yaml`);
  await writeFile(
    file,
    `# kept as it is: comments, order, quotes
job: extension
config:
  name: "${name}"
  process:
    - type: diffusion_trainer
      training_folder: output
      device: cpu
      network: {type: lora, linear: 16, linear_alpha: 16}
      datasets:
        - folder_path: pictures
          resolution: 256
          num_workers: ${workers}
      train:
        batch_size: ${batchSize} # the one thing that differs
        steps: 40
        gradient_checkpointing: true
        optimizer: adamw8bit
        lr: 1e-4
        dtype: bf16
      model:
        name_or_path: tiny-digits
`,
  );
  return file;
}

/** The server over the home's database, with the built page. */
export async function serve(home) {
  const child = spawn(program, ['serve', '--db', home.database, '--port', '0', '--web-dir', webFolder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: home.folder, XDG_DATA_HOME: join(home.folder, 'data') },
  });
  const said = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (piece) => {
      text += piece;
      if (/ticket=\w+/.test(text)) resolve(text);
    });
    child.once('exit', () => reject(new Error(`tidemark serve ended: ${text}`)));
  });
  const opening = /http:\/\/127\.0\.0\.1:\d+\/open\?ticket=\w+/.exec(said);
  if (!opening) throw new Error(`no address in: ${said}`);
  return {
    opening: opening[0],
    origin: new URL(opening[0]).origin,
    stop: async () => {
      const over = ended(child);
      child.kill('SIGTERM');
      await over;
    },
  };
}
