// The library's types stand beside its module under one name.
import { writeFileSync } from 'node:fs';

writeFileSync('dist-lib/tidemark.d.ts', "export * from './types/library/index';\n");
writeFileSync(
  'dist-lib/package.json',
  JSON.stringify({ name: 'tidemark-panels', type: 'module', main: './tidemark.js', types: './tidemark.d.ts', sideEffects: ['*.css'], peerDependencies: { react: '>=18', 'react-dom': '>=18' } }, null, 2) + '\n',
);
