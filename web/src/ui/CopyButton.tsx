import { useState } from 'react';

import { Button } from './Button';

const kSaidForMs = 2000;

/** Copies a text, and says whether it could: a page that is not served securely has no clipboard. */
export function CopyButton({ text, children }: { readonly text: string; readonly children: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('This browser does not allow it');
    }
    setTimeout(() => setSaid(null), kSaidForMs);
  };
  return (
    <Button icon="copy" onClick={() => void copy()}>
      <span aria-live="polite">{said ?? children}</span>
    </Button>
  );
}
