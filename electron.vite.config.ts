/**
 * Builds what the window needs under Electron, into `dist/`: `electron-vite build`, and `electron-vite dev` with hot
 * reload of the page. Where Electron's binary is absent, ELECTRON_EXEC_PATH must name any file: electron-vite looks
 * for the binary before it builds.
 */
import { join } from 'node:path'
import { defineConfig, mergeConfig } from 'electron-vite'
import renderer from './vite.config.ts'

const root = import.meta.dirname
/** Elsewhere for a test of the build, which must not disturb what runs from here. */
const dist = process.env.CELLBRUSH_DIST ?? join(root, 'dist')
const entry = (...path: string[]): string => join(root, 'src-main', ...path)

export default defineConfig({
  /**
   * Every module stays a file of its own, laid out as in the sources (and as `npm run build` lays it out): workers, the
   * engine, migrations and the version are found relative to the file that asks, in a checkout and in a release alike.
   */
  main: {
    build: {
      outDir: dist,
      emptyOutDir: false, // preload and page lie in there too
      externalizeDeps: true,
      rolldownOptions: {
        input: [
          entry('shells', 'electron', 'main.ts'),
          // Programs of their own, started by name
          entry('shells', 'cli', 'main.ts'),
          entry('engine', 'process.ts'),
          entry('engine', 'probe.ts'),
          entry('engine', 'batches-worker.ts'),
          entry('imaging', 'decode-worker.ts'),
          entry('core', 'session', 'proposed-objects-worker.ts'),
        ],
        output: {
          preserveModules: true,
          preserveModulesRoot: root,
          entryFileNames: '[name].js',
          format: 'es',
        },
      },
    },
  },
  /** A sandboxed preload must be CommonJS, one file, and with "type": "module" be called .cjs. */
  preload: {
    build: {
      outDir: join(dist, 'preload'),
      rolldownOptions: {
        input: { preload: entry('shells', 'electron', 'preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: mergeConfig(renderer, {
    root: join(root, 'src-renderer'),
    build: {
      outDir: join(dist, 'renderer'),
      rolldownOptions: { input: join(root, 'src-renderer', 'index.html') },
    },
  }),
})
