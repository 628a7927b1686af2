import { withPromptedKey } from '../../main/key-prompt.ts';
import { runApp } from '../../main/wiring.ts';

/** A headless role of the product as a plain Node process: everything of it but Electron. */
const argv = process.argv.slice(2);
const env = await withPromptedKey(argv, process.env, process.stdin, (text) => process.stderr.write(text));
const { done } = runApp(argv, env, { version: '0.0.0-test' });
process.exit(await done);
