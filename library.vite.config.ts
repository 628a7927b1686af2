import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = import.meta.dirname;
const { dependencies } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };

/** The library for plain Node: our own sources in one file, the thread for PNG beside it, every package left outside. */
export default defineConfig({
  ssr: { external: Object.keys(dependencies) },
  build: {
    ssr: true,
    target: 'node20.18',
    outDir: 'out/library',
    sourcemap: true,
    rollupOptions: { input: { 'portal-console': resolve(root, 'main/library.ts'), 'png-worker': resolve(root, 'main/codecs/png-worker.js') }, output: { format: 'es', entryFileNames: '[name].js' } },
  },
});
