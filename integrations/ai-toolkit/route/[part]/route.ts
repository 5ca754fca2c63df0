// What the panel needs beside the analysis. `whatif` and `config` come from the program too, `plugin` (the report as
// the job's plugin.html) from it alone; the others are the server's.
import { answering, askServer, checkedJobID, jsonText, passOn, runCached, runProgram, TidemarkError } from '@/server/tidemark/tidemark';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

type Context = { params: Promise<{ jobID: string; part: string }> };

const SERVED = ['timeline', 'steps', 'runs', 'stream', 'config'];
const MOST_SETTINGS = 64;

async function settingsOf(request: Request): Promise<string[]> {
  const body = await request.json().catch(() => null);
  const set = body && typeof body === 'object' ? (body as { set?: unknown }).set : null;
  if (!set || typeof set !== 'object') throw new TidemarkError(400, 'the body is no {"set": {PATH: VALUE}}');
  const pairs = Object.entries(set as Record<string, unknown>).slice(0, MOST_SETTINGS);
  return pairs.flatMap(([name, value]) => ['--set', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`]);
}

function chosen(request: Request): string[] {
  const apply = new URL(request.url).searchParams.get('apply') ?? 'plan';
  if (apply === 'plan') return [];
  if (!/^[0-9A-Za-z_.,-]{1,500}$/.test(apply)) throw new TidemarkError(400, '?apply=plan, or ids of recommendations');
  return ['--only', apply];
}

function notServed(part: string): Response {
  return Response.json({ error: `${part} is answered by \`tidemark serve\`, which does not run` }, { status: 503 });
}

export async function GET(request: Request, { params }: Context) {
  return answering(async () => {
    const { jobID, part } = await params;
    if (!SERVED.includes(part)) throw new TidemarkError(404, 'no such part');
    const served = await askServer(request, jobID, part);
    if (served) return passOn(served);
    if (part !== 'config') return notServed(part);
    const text = await runCached(['apply', checkedJobID(jobID), ...chosen(request), '-o', '-']);
    return new Response(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } });
  });
}

export async function POST(request: Request, { params }: Context) {
  return answering(async () => {
    const { jobID, part } = await params;
    if (part === 'plugin') return Response.json({ file: (await runProgram(['report', checkedJobID(jobID), '--plugin'])).trim() });
    if (part !== 'whatif') throw new TidemarkError(404, 'no such part');
    const served = await askServer(request, jobID, part);
    if (served) return passOn(served);
    return jsonText(await runCached(['whatif', checkedJobID(jobID), '--json', ...(await settingsOf(request))]));
  });
}
