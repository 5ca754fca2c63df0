import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The page as `tidemark serve` embeds it: nothing is asked of another host, and no script or style is
// inline, so that a strict Content-Security-Policy holds. While developing, `TIDEMARK_SERVE` names the
// server that answers /api (default: its own default port, started with --no-token).
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    target: 'es2022',
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': {
        target: process.env['TIDEMARK_SERVE'] ?? 'http://127.0.0.1:8676',
        changeOrigin: true,
        // The server knows its own Origin alone, and answers this one's pages through the proxy.
        configure: (proxy) => proxy.on('proxyReq', (request) => request.removeHeader('origin')),
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    // Nothing here is timed: a busy machine only takes longer.
    testTimeout: 60_000,
  },
});
