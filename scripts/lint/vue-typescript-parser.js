import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

/** Reads a component's TypeScript wherever it is met: import-x hands on the options of the file that imports it, which name no parser for scripts. */
export function parseForESLint(code, options) {
  return vueParser.parseForESLint(code, { ...options, parser: tseslint.parser, sourceType: 'module' });
}
