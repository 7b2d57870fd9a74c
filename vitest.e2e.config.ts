import { defineConfig } from 'vitest/config'
import { reporters } from './vitest.reporters.ts'

/** The workstation in a real browser: `vitest run --config vitest.e2e.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'test/e2e/build-window.ts',
    ...reporters('window'),
    pool: 'forks',
    maxWorkers: 1, // a browser, a server and an engine share the cores as it is
    fileParallelism: false,
    retry: 1, // a browser on a busy machine gets a second look before a failure is believed
    expect: { poll: { timeout: 10_000 } }, // what is waited for comes late on a busy machine
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
