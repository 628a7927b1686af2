import { resolve } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** The project's own rules on a file that exists in this test alone; what needs types or the whole tree is off, because no project has the file. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    languageOptions: { parserOptions: { projectService: false } },
    rules: { 'import-x/no-cycle': 'off', '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/no-misused-promises': 'off', '@typescript-eslint/no-unused-vars': 'off' },
  },
});

// The first run loads every plugin, from a disk that may be cold.
beforeAll(async () => { await broken('main/made-up.ts', ''); }, 180_000);

async function broken(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: resolve(ROOT, filePath) });
  return (result?.messages ?? []).filter((message) => message.severity === 2).map((message) => message.ruleId ?? message.message);
}

describe('packages have homes', () => {
  it.each(['shared/made-up.ts', 'main/made-up.ts', 'main/transport/made-up.ts', 'electron/made-up.ts', 'renderer/console/made-up.ts', 'scripts/made-up.ts', 'tests/unit/made-up.test.ts'])(
    'refuse a package that no row of the table names, in %s',
    async (file) => {
      expect(await broken(file, "import { pad } from 'left-pad';\n")).toEqual(['house/package-homes']);
    },
  );

  it.each([
    ['a side effect', "import 'left-pad';\n"],
    ['a type', "import type { Pad } from '@left/pad/types';\n"],
    ['a re-export', "export { pad } from 'left-pad';\n"],
    ['a dynamic import', "export const pad = await import('left-pad');\n"],
    ['a type expression', "export type Pad = import('left-pad').Pad;\n"],
  ])('see %s', async (_what, code) => {
    expect(await broken('main/made-up.ts', code)).toContain('house/package-homes');
  });

  it.each([
    ['electron', 'main/made-up.ts'],
    ['electron', 'renderer/console/made-up.ts'],
    ['@livekit/rtc-node', 'main/made-up.ts'],
    ['@livekit/rtc-ffi-bindings', 'electron/made-up.ts'],
    ['livekit-client', 'renderer/console/stores/made-up.ts'],
    ['zod', 'main/made-up.ts'],
    ['zod', 'shared/portal/made-up.ts'],
    ['yaml', 'main/made-up.ts'],
    ['vue', 'shared/made-up.ts'],
    ['node:fs', 'renderer/console/made-up.ts'],
    ['fs', 'shared/made-up.ts'],
    ['node:fs', 'shared/portal/made-up.ts'],
  ])('keep %s out of %s', async (name, file) => {
    expect(await broken(file, `import * as thing from '${name}';\n`)).toEqual(['house/package-homes']);
  });

  it.each([
    ['zod', 'shared/ipc.ts'],
    ['yaml', 'shared/station-config-made-up.ts'],
    ['livekit-client/frame-metadata-worker?worker', 'renderer/console/live-view.ts'],
    ['node:fs/promises', 'main/made-up.ts'],
  ])('let %s into %s', async (name, file) => {
    expect(await broken(file, `import { thing } from '${name}';\n`)).toEqual([]);
  });
});

describe('directions', () => {
  it.each([
    ['shared/made-up.ts', '../main/log.ts'],
    ['shared/portal/made-up.ts', '../ipc.ts'],
    ['main/made-up.ts', '../electron/window.ts'],
    ['main/made-up.ts', './transport/token.ts'],
    ['main/transport/made-up.ts', '../station.ts'],
    ['main/devices/made-up.ts', '../robot-host.ts'],
    ['electron/made-up.ts', '../renderer/console/bridge.ts'],
    ['renderer/console/made-up.ts', '../../main/ports.ts'],
    ['renderer/console/components/MadeUp.vue', '../stores/console.ts'],
    ['renderer/console/components/MadeUp.vue', '../bridge.ts'],
    ['scripts/made-up.ts', '../tests/e2e/app-process.ts'],
    ['made-up/thing.ts', '../shared/ipc.ts'],
  ])('%s does not see %s', async (file, target) => {
    const code = `import { thing } from '${target}';\n`;
    expect(await broken(file, file.endsWith('.vue') ? `<script setup lang="ts">\n${code}</script>\n` : code)).toContain('house/import-directions');
  });

  it.each([
    ['main/wiring.ts', './transport/token.ts'],
    ['main/made-up.ts', './devices/device.ts'],
    ['electron/made-up.ts', '../main/cli.ts'],
    ['renderer/console/made-up.ts', '../../shared/ipc.ts'],
    ['renderer/console/views/MadeUp.vue', '../stores/console.ts'],
    ['tests/unit/made-up.test.ts', '../../main/cli.ts'],
  ])('%s sees %s', async (file, target) => {
    const code = `import { thing } from '${target}';\n`;
    expect(await broken(file, file.endsWith('.vue') ? `<script setup lang="ts">\n${code}</script>\n` : code)).not.toContain('house/import-directions');
  });
});

describe('the manner', () => {
  it('refuses default exports, barrels, enums and any', async () => {
    expect(await broken('main/made-up.ts', 'export default 1;\n')).toEqual(['import-x/no-default-export']);
    expect(await broken('main/made-up.ts', "export * from './cli.ts';\n")).toEqual(['no-restricted-syntax']);
    expect(await broken('main/made-up.ts', 'export enum Word { A }\n')).toEqual(['no-restricted-syntax']);
    expect(await broken('main/made-up.ts', 'export const x: any = 1;\n')).toEqual(['@typescript-eslint/no-explicit-any']);
  });

  it('refuses a file of more than 300 lines, a timer and the page in shared', async () => {
    expect(await broken('main/made-up.ts', 'export {};\n'.repeat(302))).toContain('max-lines');
    expect(await broken('shared/made-up.ts', 'export const t = setTimeout(() => document, 1);\n')).toEqual(['no-restricted-globals', 'no-restricted-globals']);
  });
});
