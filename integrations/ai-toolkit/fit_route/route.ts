// POST a job's config: whether it fits, by the runs of the same model that were recorded on this machine.
import { answering, runOnConfig, TidemarkError } from '@/server/tidemark/tidemark';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

const MOST_BYTES = 1024 * 1024;

export async function POST(request: Request) {
  return answering(async () => {
    const config = await request.text();
    if (config.length > MOST_BYTES) throw new TidemarkError(413, 'no config is that long');
    try {
      const told = JSON.parse(await runOnConfig(['whatif', '--json', '--no-keep'], config));
      return Response.json({ known: true, ...told });
    } catch (error) {
      if (error instanceof TidemarkError && error.status === 404)
        return Response.json({ known: false, why: error.message.replace(/^.*config\.json: /, '') }); // the file was ours
      throw error;
    }
  });
}
