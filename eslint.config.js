import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';
import { importDirections } from './scripts/lint/import-directions.js';
import { packageHomes } from './scripts/lint/package-homes.js';

/** Where each package may be imported. What is not listed is allowed nowhere. */
const PACKAGE_HOMES = [
  { in: ['main/**', 'electron/**', 'scripts/**', 'tests/**', '*.config.*'], allow: ['node:*'] },
  { in: ['electron/**'], allow: ['electron'] },
  { in: ['main/transport/**'], allow: ['@livekit/rtc-node', '@livekit/rtc-ffi-bindings', 'livekit-server-sdk'] },
  { in: ['main/codecs/jpeg.ts'], allow: ['@julusian/jpeg-turbo'] },
  { in: ['main/codecs/png-worker.js'], allow: ['pngjs'] },
  { in: ['main/log.ts'], allow: ['pino'] },
  { in: ['main/metrics-text.ts'], allow: ['prom-client'] },
  { in: ['main/devices/serial-link.ts'], allow: ['serialport'] },
  { in: ['main/devices/sim-bus/pseudo-terminal.ts', 'tests/fakes/film-program.mjs', 'tests/fakes/hold-exit.mjs'], allow: ['koffi'] },
  { in: ['shared/ipc.ts', 'shared/station-config*.ts'], allow: ['zod'] },
  { in: ['scripts/package/builder-config.ts', 'shared/portal-yaml*.ts', 'shared/station-config*.ts', 'shared/yaml-*.ts'], allow: ['yaml'] },
  { in: ['renderer/console/live-view.ts'], allow: ['livekit-client'] },
  {
    in: ['renderer/**'],
    allow: ['vue', 'pinia', 'uplot', 'reka-ui', 'lucide-vue-next', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'],
  },
  { in: ['scripts/**'], allow: ['@electron/fuses', 'playwright'] },
  { in: ['scripts/setup/default-app.js'], allow: ['electron'] },
  { in: ['tests/**', 'vitest.config.ts'], allow: ['vitest'] },
  // Tests reach everything a part of the product reaches; what nothing else imports is listed here by name.
  {
    in: ['tests/**'],
    allow: ['playwright', 'axe-core', '@livekit/rtc-node', '@livekit/rtc-ffi-bindings', 'livekit-server-sdk', 'livekit-client', 'pngjs', 'electron', 'vue', 'pinia', 'yaml', 'zod', 'eslint'],
  },
  { in: ['electron.vite.config.ts'], allow: ['electron-vite', '@vitejs/plugin-vue'] },
  { in: ['library.vite.config.ts', 'tests/e2e/lean-runtime.spec.ts'], allow: ['vite'] },
  { in: ['resources/examples/**'], allow: ['portal-console', 'node:*'] },
  {
    in: ['eslint.config.js', 'scripts/lint/**'],
    allow: ['eslint-import-resolver-typescript', 'eslint-plugin-import-x', 'eslint-plugin-vue', 'typescript-eslint', 'vue-eslint-parser'],
  },
];

/** Files that every part of main may build on: port types and pure helpers, no station. */
const MAIN_GROUND = ['main/ports.ts', 'main/motion.ts', 'main/ticker.ts', 'main/system-clock.ts', 'main/replace-file.ts'];
const ADAPTERS = ['main/transport/**', 'main/server/**', 'main/codecs/**', 'main/devices/**', 'main/recording/**'];

/** Who sees whom: shared ← main ← electron, shared ← renderer; nothing sees tests. The first zone that holds a file counts. */
const DIRECTIONS = [
  { in: ['tests/**'], sees: ['**'] },
  { in: ['shared/portal/**'], sees: ['shared/portal/**'] },
  { in: ['shared/**'], sees: ['shared/**'] },
  { in: ['main/transport/**'], sees: ['shared/**', 'main/transport/**', ...MAIN_GROUND] },
  { in: ['main/server/**'], sees: ['shared/**', 'main/server/**', ...MAIN_GROUND] },
  { in: ['main/codecs/**'], sees: ['shared/**', 'main/codecs/**', ...MAIN_GROUND] },
  { in: ['main/devices/**'], sees: ['shared/**', 'main/devices/**', ...MAIN_GROUND] },
  { in: ['main/recording/**'], sees: ['shared/**', 'main/recording/**', 'main/codecs/**', ...MAIN_GROUND] },
  { in: ['main/wiring.ts', 'main/library.ts', 'main/library/**'], sees: ['shared/**', 'main/**'] },
  // Stations know the ports; which adapter stands behind one is the business of wiring.ts.
  { in: ['main/**'], sees: ['shared/**', 'main/*', 'main/devices/device.ts'] },
  { in: ['electron/**'], sees: ['shared/**', 'main/**', 'electron/**'], except: ADAPTERS },
  { in: ['renderer/*/components/**'], sees: ['shared/**', 'renderer/**'], except: ['renderer/*/stores/**', 'renderer/*/bridge.ts', 'renderer/*/views/**'] },
  { in: ['renderer/*/views/**', 'renderer/*/*'], sees: ['shared/**', 'renderer/**'] },
  { in: ['renderer/**'], sees: ['shared/**', 'renderer/**'], except: ['renderer/*/views/**'] },
  { in: ['resources/examples/**'], sees: ['resources/examples/**'] },
  { in: ['scripts/**', '*.config.*'], sees: ['shared/**', 'main/**', 'scripts/**'] },
];

/** No word of Node and none of the page in what runs anywhere. */
const FOREIGN_TO_SHARED = ['process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'console', 'window', 'document', 'fetch', 'performance', 'require'];

const house = { rules: { 'package-homes': packageHomes, 'import-directions': importDirections } };

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'dist/', 'test-results/', 'bench-results/', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,vue}'],
    plugins: { house, 'import-x': importX },
    settings: {
      // Without parsers for .ts, no-cycle reads nothing and passes everything.
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], [`${import.meta.dirname}/scripts/lint/vue-typescript-parser.js`]: ['.vue'] },
      'import-x/resolver-next': [createTypeScriptImportResolver({ noWarnOnMultipleProjects: true, project: ['*/tsconfig.json'] })],
    },
    rules: {
      'house/package-homes': ['error', PACKAGE_HOMES],
      'house/import-directions': ['error', DIRECTIONS],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import a thing from the file that has it.' },
        { selector: 'TSEnumDeclaration', message: 'No enums: a union of string literals.' },
      ],
    },
  },
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['**/*.{ts,vue}'] })),
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: config.files ?? ['**/*.vue'] })),
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.vue'] } },
    rules: {
      'import-x/no-default-export': 'off',
      'vue/multi-word-component-names': 'off',
      // Layout of templates is the editor's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
    },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      // `interface X extends Y {}` names a role; playwright wants `{}` as the first argument of a test without fixtures.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      'no-empty-pattern': 'off',
    },
  },
  {
    // Rules that need types: only where a lost promise loses an error.
    files: ['shared/**/*.ts', 'main/**/*.ts', 'electron/**/*.ts', 'renderer/**/*.ts', 'scripts/**/*.ts', 'tests/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { '@typescript-eslint/no-floating-promises': 'error', '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }] },
  },
  { files: ['shared/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...FOREIGN_TO_SHARED] } },
  { files: ['*.config.{ts,js}', 'tests/e2e/playwright.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
  { files: ['tests/**'], rules: { 'max-lines': 'off' } },
);
