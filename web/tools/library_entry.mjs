// The library's types beside its module: tsc has put all of them into one file, a module each, so that a host page gets
// few files. The modules' names get the library's in front: a host has an `api/types` of its own.
import { readFileSync, writeFileSync } from 'node:fs';

const name = 'tidemark-panels';
const types = 'dist-lib/modules.d.ts';
const renamed = readFileSync(types, 'utf8').replace(/(declare module |from )"(?=[\w]+\/[\w]+")/g, `$1"${name}/`);
writeFileSync(types, renamed.replace(/^ *import '.*\.css';\n/gm, ''));
writeFileSync('dist-lib/tidemark.d.ts', `/// <reference path="./modules.d.ts" />\nexport * from '${name}/library/index';\n`);
writeFileSync(
  'dist-lib/package.json',
  JSON.stringify({ name, type: 'module', main: './tidemark.js', types: './tidemark.d.ts', sideEffects: ['*.css'], peerDependencies: { react: '>=18', 'react-dom': '>=18' } }, null, 2) + '\n',
);
