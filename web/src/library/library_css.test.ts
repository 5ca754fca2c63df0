import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postcss from 'postcss';
import tailwindcss from 'tailwindcss';
import { expect, it } from 'vitest';

const source = join(__dirname, '..');
const root = join(source, '..');

async function builtCss(): Promise<postcss.Root> {
  const read = (name: string) => readFileSync(join(source, name), 'utf8');
  const text = `${read('theme.css')}${read('base.css')}@tailwind components;@tailwind utilities;`;
  const result = await postcss([tailwindcss({ config: join(root, 'tailwind.config.js') })]).process(text, { from: undefined });
  return postcss.parse(result.css);
}

it('no rule of the library reaches beyond .tm-root, and no animation has a name that a host page may have', async () => {
  const beyond: string[] = [];
  let rules = 0;
  (await builtCss()).walkRules((rule) => {
    const parent = rule.parent;
    if (parent instanceof postcss.AtRule && parent.name === 'keyframes') {
      if (!parent.params.startsWith('tm-')) beyond.push(`@keyframes of ${rule.selector}`);
      return;
    }
    rules += 1;
    for (const selector of rule.selectors) if (!selector.includes('.tm-root')) beyond.push(selector);
  });
  expect(rules).toBeGreaterThan(100);
  expect(beyond).toEqual([]);
}, 20_000);
