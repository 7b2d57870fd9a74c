import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { reporters } from './vitest.reporters.ts'

export default defineConfig({
  plugins: [svelte()], // the window's state is written in *.svelte.ts
  test: {
    include: ['test/unit/**/*.test.ts'],
    ...reporters('unit'),
    pool: 'forks', // TensorFlow and better-sqlite3 do not live in worker threads
    maxWorkers: 2,
    testTimeout: 60_000,
  },
})
