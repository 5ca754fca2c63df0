// How ai-toolkit's routes come to what Tidemark knows: the running `tidemark serve` is asked; where none answers, the
// program is run, one at a time, with an argument array and no shell. Put here by `tidemark integrate ai-toolkit`.
import { execFile } from 'child_process';
import fs from 'fs';
import os from 'os';
import path from 'path';

const CHECKOUT = path.resolve(process.cwd(), '..'); // the UI runs in ui/
const ANSWER_WITHIN_MS = 120_000;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const KEPT_MS = 5_000;
const SERVER_GONE_MS = 10_000; // so long it is not asked again

export class TidemarkError extends Error {
  constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** ai-toolkit's job ids are UUIDs; nothing else comes near a command line or a URL. */
export function checkedJobID(jobID: string): string {
  if (!/^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/.test(jobID)) throw new TidemarkError(404, 'no such job');
  return jobID;
}

// --- the server

let goneUntil = 0;

function serverAddress(): string {
  return process.env.TIDEMARK_URL || 'http://127.0.0.1:8676';
}

async function token(): Promise<string | null> {
  if (process.env.TIDEMARK_TOKEN) return process.env.TIDEMARK_TOKEN;
  const data = process.env.XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share');
  try {
    return (await fs.promises.readFile(path.join(data, 'tidemark', 'token'), 'utf-8')).trim();
  } catch {
    return null; // it was started with --no-token, or not at all
  }
}

/** Its answer for this job, whole or as a stream; null where none answers, or it does not know the job. */
export async function askServer(request: Request, jobID: string, part: string): Promise<Response | null> {
  if (Date.now() < goneUntil) return null;
  const url = `${serverAddress()}/api/jobs/${checkedJobID(jobID)}/${part}${new URL(request.url).search}`;
  const secret = await token();
  const body = request.method === 'POST' ? await request.clone().text() : undefined;
  try {
    const answer = await fetch(url, {
      method: request.method,
      headers: {
        ...(secret ? { Authorization: `Bearer ${secret}` } : {}),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      body,
      cache: 'no-store',
      signal: request.signal,
    });
    if ([401, 403, 404].includes(answer.status)) return null; // another's, or it keeps other jobs
    return answer;
  } catch (error) {
    if (!request.signal.aborted) goneUntil = Date.now() + SERVER_GONE_MS;
    return null;
  }
}

/** The answer as ours, without what belongs to that connection alone. */
export function passOn(answer: Response): Response {
  const headers = new Headers({ 'Cache-Control': 'no-store' });
  const type = answer.headers.get('Content-Type');
  if (type) headers.set('Content-Type', type);
  return new Response(answer.body, { status: answer.status, headers });
}

// --- the program

let line: Promise<unknown> = Promise.resolve();
const kept = new Map<string, { at: number; answer: Promise<string> }>();

async function program(): Promise<string> {
  const named = path.join(CHECKOUT, 'extensions', 'tidemark_monitor', 'executable');
  return (await fs.promises.readFile(named, 'utf-8')).trim();
}

function statusOf(message: string): number {
  return /: no (job|run of this model) /.test(message) || /no such file|is not there/i.test(message) ? 404 : 500;
}

async function runNow(words: string[], input?: string): Promise<string> {
  const file = await program();
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      words,
      { cwd: CHECKOUT, timeout: ANSWER_WITHIN_MS, maxBuffer: MOST_OUTPUT_BYTES, windowsHide: true },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const said = stderr.trim().split('\n').pop() || error.message;
        reject(new TidemarkError(statusOf(said), said.replace(/^tidemark: /, '')));
      },
    );
    child.stdin?.end(input ?? '');
  });
}

/** What it prints. Calls wait for each other. */
export function runProgram(words: string[]): Promise<string> {
  const mine = line.then(() => runNow(words));
  line = mine.catch(() => undefined);
  return mine;
}

/** The same, at most every few seconds for the same words. */
export function runCached(words: string[]): Promise<string> {
  const key = JSON.stringify(words);
  const found = kept.get(key);
  if (found && Date.now() - found.at < KEPT_MS) return found.answer;
  for (const [other, entry] of kept) if (Date.now() - entry.at >= KEPT_MS) kept.delete(other);
  const answer = runProgram(words);
  kept.set(key, { at: Date.now(), answer });
  answer.catch(() => kept.delete(key));
  return answer;
}

/** The same of a config that has not run, which the program reads as a file: nobody else's to read, and gone afterwards. */
export async function runOnConfig(words: string[], config: string): Promise<string> {
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'tidemark-'));
  try {
    const file = path.join(folder, 'config.json');
    await fs.promises.writeFile(file, config, { mode: 0o600 });
    return await runProgram([...words, '--', file]);
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true });
  }
}

export function forgetKept(): void {
  kept.clear();
}

// --- answers

export function jsonText(text: string): Response {
  return new Response(text, { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } });
}

/** What a handler throws, as an answer. */
export async function answering(handler: () => Promise<Response>): Promise<Response> {
  try {
    return await handler();
  } catch (error) {
    const status = error instanceof TidemarkError ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    return Response.json({ error: message }, { status });
  }
}
