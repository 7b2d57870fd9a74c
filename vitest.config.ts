import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    pool: 'forks', // TensorFlow and better-sqlite3 do not live in worker threads
    maxWorkers: 2,
    testTimeout: 60_000,
  },
})
