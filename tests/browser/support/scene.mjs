// The database that the tests look at: real runs, made once for all tests of a file.
import { chromiumPath, openBrowser } from './browser.mjs';
import { makeHome, serve, startRun, whatIsMissing, writeConfig } from './program.mjs';

export const hostileName = `<script>document.title='pwned'</script> "job" & <b>co</b>`;

/** Why there can be no scene here, or false. */
export function skipReason() {
  return whatIsMissing() ?? (chromiumPath() === null ? 'no chromium: apt-get install chromium' : false);
}

/** Two trained jobs that differ in their batch size, one of a hostile name that died of a hostile exception. */
export async function recordRuns(home) {
  const small = await writeConfig(home, 'small', 4);
  const large = await writeConfig(home, 'large', 8);
  const runs = [
    startRun(home, { id: 'small-id', name: 'digits_small', config: small, words: [40, 0.06] }),
    startRun(home, { id: 'large/id', name: 'digits_large', config: large, words: [40, 0.05] }),
    startRun(home, { id: 'hostile id', name: hostileName, words: [12, 0.05, 'raise'] }),
  ];
  const ends = await Promise.all(runs.map((run) => run.ended));
  const codes = ends.map(({ code }) => code).join(' ');
  if (codes !== '0 0 1') throw new Error(`the runs ended with ${codes}: ${ends.map(({ said }) => said).join('\n')}`);
}

/** Every panel of a job's page is there. */
export const settled = (page) => page.getByRole('region', { name: 'Runs and what the records lack' }).waitFor();

/** Everything up; `close` takes it all down again. */
export async function setUp() {
  const home = await makeHome();
  const undo = [home.remove];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await recordRuns(home);
    const server = await serve(home);
    undo.push(server.stop);
    const browser = await openBrowser(server);
    undo.push(browser.close);
    return { home, server, browser, close };
  } catch (error) {
    await close();
    throw error;
  }
}
