import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The console: one page for the browser and the desktop. No inline script and no inline style, so that it runs under
 * `script-src 'self'; style-src 'self' 'nonce-…'`; hosts write the nonce of each page load over the placeholder.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../renderer', import.meta.url)),
  base: './',
  plugins: [react({ jsxImportSource: 'visible-jsx' })],
  resolve: { alias: { 'visible-jsx': fileURLToPath(new URL('../renderer/visible-jsx', import.meta.url)) } },
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
    emptyOutDir: true,
    // Both hosts are current Chromium or a browser of the last two years.
    target: 'es2024',
    // Under the policy above a data: URL is only an image; nothing else may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
});
