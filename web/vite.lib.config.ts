import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The components as one ES module and one style sheet, for pages that have React themselves. Readable, since it is
// put into other people's trees.
export default defineConfig({
  plugins: [react()],
  // React picks its own build by this in the host's bundler; nothing of ours does.
  define: { 'process.env.NODE_ENV': JSON.stringify('production') },
  build: {
    outDir: 'dist-lib',
    minify: false,
    sourcemap: false,
    target: 'es2022',
    copyPublicDir: false,
    lib: { entry: 'src/library/index.ts', formats: ['es'], fileName: () => 'tidemark.js' },
    rollupOptions: {
      external: [/^react($|\/)/, /^react-dom($|\/)/],
      output: { banner: "'use client';", assetFileNames: 'tidemark[extname]' },
    },
  },
});
