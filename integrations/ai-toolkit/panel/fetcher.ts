// What the panel asks, in ai-toolkit's own way: through its client, with its token, its sign-out on a 401.
import { apiClient } from '@/utils/api';
import type { Fetcher } from '@/tidemark/tidemark';

/** `tidemark serve` has its parts beside the analysis, ai-toolkit's routes have them below it. */
export function hostPath(path: string): string {
  return path.replace(/^(\/api\/jobs\/[^/?]+)\/(?!analysis\b)/, '$1/analysis/');
}

/** axios hands out no stream in a browser; so as its monitor's: fetch, with the token. */
function openStream(path: string, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  const token = localStorage.getItem('AI_TOOLKIT_AUTH');
  if (token) headers.set('Authorization', `Bearer ${token}`);
  return fetch(path, { ...init, headers, cache: 'no-store' });
}

interface Answer {
  status: number;
  statusText: string;
  data: string;
}

const asResponse = ({ status, statusText, data }: Answer) => new Response(data, { status, statusText });

/** The same function at every render, as the panel wants it. */
export const hostFetcher: Fetcher = async (path, init) => {
  const url = hostPath(path);
  if (/\/stream(\?|$)/.test(url)) return openStream(url, init);
  try {
    const answer = await apiClient.request<string>({
      url,
      method: init?.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init?.headers)),
      data: init?.body,
      signal: init?.signal ?? undefined,
      responseType: 'text',
      transformResponse: text => text, // the panel reads it itself, and says which field is wrong
    });
    return asResponse(answer);
  } catch (error) {
    if (init?.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    const answer = (error as { response?: Answer }).response;
    if (!answer) throw error;
    return asResponse(answer);
  }
};
