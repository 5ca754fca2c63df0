import { createContext, type ReactNode, useContext, useMemo } from 'react';

import { type Client, createClient, type Fetcher, pageFetcher } from './client';

const ClientContext = createContext<Client>(createClient(pageFetcher));

/** Where the components below get their data. Without one they ask this page's own server. */
export function ClientProvider({ fetcher, children }: { readonly fetcher: Fetcher; readonly children: ReactNode }) {
  const client = useMemo(() => createClient(fetcher), [fetcher]);
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

export function useClient(): Client {
  return useContext(ClientContext);
}
