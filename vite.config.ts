import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** To develop the window against a real project, set CELLBRUSH_SERVER to the address that `cellbrush serve` prints. */
const server = new URL(process.env.CELLBRUSH_SERVER ?? 'http://127.0.0.1:4173')
const token = server.searchParams.get('token')

/** As if asked by a page of the server itself, with its key. */
const behind = {
  target: server.origin,
  changeOrigin: true,
  headers: { origin: server.origin, ...(token ? { authorization: `Bearer ${token}` } : {}) },
}

/** The window alone: built to `dist/renderer` for the local server and for `app://`, hence relative addresses. */
export default defineConfig({
  root: 'src-renderer',
  base: './',
  plugins: [svelte({ configFile: '../svelte.config.js' })],
  worker: { format: 'es' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: addresses are refused by the content security policy
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: {
      '/api': { ...behind, ws: true },
      '/data': behind,
      '/upload': behind,
      '/download': behind,
    },
  },
})
