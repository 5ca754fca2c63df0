import { useEffect, useState } from 'react';

const kDarkQuery = '(prefers-color-scheme: dark)';

/** A number that grows when the page's theme changes: by the system, a class or an attribute of an element. */
export function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const onChange = () => setTurn((before) => before + 1);
    const observer = new MutationObserver(onChange);
    const watched = { attributes: true, attributeFilter: ['class', 'data-theme'] };
    observer.observe(document.documentElement, watched);
    for (const root of document.querySelectorAll('body, .tm-root')) observer.observe(root, watched);
    const query = window.matchMedia(kDarkQuery);
    query.addEventListener('change', onChange);
    return () => {
      observer.disconnect();
      query.removeEventListener('change', onChange);
    };
  }, []);
  return turn;
}
