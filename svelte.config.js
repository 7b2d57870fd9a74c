/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  compilerOptions: { runes: true },
  vitePlugin: {
    // Tests of the window's state run in Node, where Svelte would otherwise leave out what makes it reactive.
    dynamicCompileOptions: () => (process.env.VITEST ? { generate: 'client' } : undefined),
  },
}
