import { relative } from 'node:path';

/**
 * What every rule about imports needs: the file's path from the root with forward slashes, and `report(check)`, listeners
 * that call `check(node, specifier)` for each import, re-export, dynamic import, import type and require of a constant.
 */
export function importListeners(context) {
  const file = relative(context.cwd, context.filename).replaceAll('\\', '/');
  const report = (check) => {
    const ofSource = (node) => {
      if (typeof node.source?.value === 'string') check(node.source, node.source.value);
    };
    return {
      ImportDeclaration: ofSource,
      ExportNamedDeclaration: ofSource,
      ExportAllDeclaration: ofSource,
      ImportExpression: ofSource,
      TSImportType: ofSource,
      TSExternalModuleReference: (node) => {
        if (typeof node.expression?.value === 'string') check(node.expression, node.expression.value);
      },
      "CallExpression[callee.name='require']": (node) => {
        const [argument] = node.arguments;
        if (typeof argument?.value === 'string') check(argument, argument.value);
      },
    };
  };
  return { file, report };
}
