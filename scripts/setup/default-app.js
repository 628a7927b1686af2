// Does what Electron's own default app does: `electron [-r module]… <folder or file> [arguments]` starts an app that is not packaged.
// A module with top-level await, as Electron's own: Electron becomes ready only after the app has run to its first wait.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const require = createRequire(import.meta.url);
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
    if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
    app.setAppPath(target);
    entry = join(target, manifest.main ?? 'index.js');
  } else {
    app.setAppPath(dirname(target));
  }
  try {
    await import(pathToFileURL(entry).href);
  } catch (error) {
    console.error(error);
    app.exit(1);
  }
}
