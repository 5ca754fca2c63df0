// GET: the analysis of a job's latest run (?run=N for another), of a running job as far as it is. POST: analyses again.
import { answering, askServer, checkedJobID, forgetKept, jsonText, passOn, runCached, runProgram } from '@/server/tidemark/tidemark';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

type Context = { params: Promise<{ jobID: string }> };

function words(command: 'report' | 'analyze', jobID: string, request: Request): string[] {
  const run = new URL(request.url).searchParams.get('run');
  return [command, checkedJobID(jobID), '--json', ...(run && /^\d{1,9}$/.test(run) ? ['--run', run] : [])];
}

export async function GET(request: Request, { params }: Context) {
  return answering(async () => {
    const { jobID } = await params;
    const served = await askServer(request, jobID, 'analysis');
    return served ? passOn(served) : jsonText(await runCached(words('report', jobID, request)));
  });
}

export async function POST(request: Request, { params }: Context) {
  return answering(async () => {
    const { jobID } = await params;
    const served = await askServer(request, jobID, 'analysis');
    if (served) return passOn(served);
    forgetKept();
    return jsonText(await runProgram(words('analyze', jobID, request)));
  });
}
