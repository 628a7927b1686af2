// Does what Electron's own default app does: `electron [-r module]… <folder or file> [arguments]` starts an app that is not packaged.
const { readFileSync, statSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { app } = require('electron');

const args = process.argv.slice(1);
let target = null;
for (let index = 0; index < args.length && target === null; index += 1) {
  if (args[index] === '-r' || args[index] === '--require') require(resolve(args[(index += 1)]));
  else if (!args[index].startsWith('-')) target = resolve(args[index]);
}

if (target === null) {
  console.error('usage: electron [-r module] <folder or file of the app> [arguments]');
  app.exit(2);
} else {
  Object.defineProperty(process, 'defaultApp', { value: true, configurable: true });
  let entry = target;
  if (statSync(target).isDirectory()) {
    const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
    app.setName(manifest.productName ?? manifest.name ?? 'Electron');
    if (manifest.version) app.setVersion(manifest.version);
    app.setAppPath(target);
    entry = join(target, manifest.main ?? 'index.js');
  } else {
    app.setAppPath(dirname(target));
  }
  import(pathToFileURL(entry).href).catch((error) => {
    console.error(error);
    app.exit(1);
  });
}
