import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The server that "npm run dev" takes its data from, and a token for it.
const server = process.env['ITMS_WEB'] ?? 'http://127.0.0.1:18080';
const token = process.env['ITMS_TOKEN'];
const proxy = { target: server, headers: token ? { Authorization: `Bearer ${token}` } : {} };

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0, // the policy of the page takes nothing inline
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/sw.ts' },
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { proxy: { '/api': proxy, '/openapi.json': proxy } },
});
