import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const root = import.meta.dirname;

/** The oldest runtime the app must run on: Electron 33, that is Node 20.18 and Chromium 130. */
const NODE_TARGET = 'node20.18';
const CHROME_TARGET = 'chrome130';

export default defineConfig({
  main: {
    build: {
      target: NODE_TARGET,
      outDir: 'out/main',
      sourcemap: true,
      // Native modules cannot be bundled, and one copy of a dependency is enough.
      externalizeDeps: true,
      rollupOptions: { input: { index: resolve(root, 'electron/index.ts'), 'png-worker': resolve(root, 'main/codecs/png-worker.js') }, output: { format: 'es', entryFileNames: '[name].js' } },
    },
  },
  preload: {
    build: {
      target: NODE_TARGET,
      outDir: 'out/preload',
      // A sandboxed preload can require nothing but `electron`, and only as CommonJS: the two must share no module that is left in the bundle.
      externalizeDeps: false,
      rollupOptions: { input: { preload: resolve(root, 'electron/preload.ts'), 'camera-preload': resolve(root, 'electron/camera-preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'renderer',
    base: './',
    plugins: [vue()],
    worker: { format: 'es' },
    build: {
      target: CHROME_TARGET,
      outDir: 'out/renderer',
      // Fonts and icons stay files: the page's policy allows no data: addresses.
      assetsInlineLimit: 0,
      rollupOptions: { input: { console: resolve(root, 'renderer/console/index.html'), media: resolve(root, 'renderer/media/index.html') } },
    },
  },
});
