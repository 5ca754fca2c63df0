import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Imports run pages and library -> panels -> chart -> ui -> lib, and anyone -> api.
const layers = ['pages', 'library', 'panels', 'chart', 'ui', 'lib'];
const above = (folder) => layers.slice(0, layers.indexOf(folder));
const layerRule = (folder) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...above(folder).map((name) => ({ group: [`**/${name}/*`], message: `${folder} may not know ${name}` })),
          ...(folder === 'chart' ? [] : [{ group: ['uplot', 'uplot/*'], message: 'chart/ alone knows uPlot' }]),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist', 'dist-lib', 'node_modules', '*.config.js', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname ?? '.' } } },
  { plugins: { 'react-hooks': reactHooks }, rules: reactHooks.configs.recommended.rules },
  { files: ['src/**/*.tsx'], ...jsxA11y.flatConfigs.strict },
  {
    files: ['src/**/*.tsx'],
    // A text that scrolls is reached by the keyboard.
    rules: { 'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: ['pre'], roles: ['region', 'tabpanel'] }] },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' }],
    },
  },
  // The one place that fetches.
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/api/**', 'src/**/*.test.{ts,tsx}'],
    rules: { 'no-restricted-globals': ['error', { name: 'fetch', message: 'data comes through api/client' }, 'EventSource'] },
  },
  ...layers.map(layerRule),
  {
    files: ['src/api/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: layers.filter((name) => name !== 'lib').map((name) => `**/${name}/*`) }],
    },
  },
);
