import { parseCli } from './cli.ts';

/** A terminal's keyboard, as `process.stdin` is one. */
export type Keyboard = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'setEncoding' | 'on' | 'once' | 'off' | 'resume' | 'pause'>;

const PROMPT = 'End-to-end encryption key (not shown): ';
const ENTER = /[\r\n]/u;
const CANCEL = /[\u0003\u0004]/u;
const ERASE = /[\b\u007f]/u;
const ERASE_ALL = '\u0015';
const LEAST_VISIBLE = ' ';

/**
 * The environment with the key that `--e2ee` asks for: typed at the terminal without echo, unless PORTAL_E2EE_KEY is there
 * already. Without a terminal, or when the prompt is given up, the environment as it is: the settings then say what to set.
 */
export async function withPromptedKey(argv: readonly string[], env: NodeJS.ProcessEnv, keyboard: Keyboard, say: (text: string) => void): Promise<NodeJS.ProcessEnv> {
  if (env['PORTAL_E2EE_KEY'] !== undefined || !keyboard.isTTY || !asksForKey(argv)) return env;
  const key = await readHidden(keyboard, say);
  return key === null ? env : { ...env, PORTAL_E2EE_KEY: key };
}

function asksForKey(argv: readonly string[]): boolean {
  try {
    const request = parseCli(argv);
    return request.kind === 'run' && request.flags.e2ee;
  } catch {
    // Whoever runs the program reads the arguments again, and says what is wrong.
    return false;
  }
}

/** A line typed without echo, at least one character; null = given up with Ctrl-C or Ctrl-D. */
function readHidden(keyboard: Keyboard, say: (text: string) => void): Promise<string | null> {
  // Before the question: whoever answers at once would see the key.
  keyboard.setRawMode(true);
  keyboard.setEncoding('utf8');
  say(PROMPT);
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (key: string | null): void => {
      keyboard.off('data', take);
      keyboard.off('end', giveUp);
      // Whatever reads the terminal next finds it as it was.
      keyboard.setRawMode(false);
      keyboard.pause();
      say('\n');
      resolve(key);
    };
    const giveUp = (): void => finish(null);
    const take = (text: string): void => {
      for (const character of text) {
        if (CANCEL.test(character)) return finish(null);
        if (ENTER.test(character)) {
          if (typed.length > 0) return finish(typed.join(''));
          say(`\nA key has at least one character.\n${PROMPT}`);
        } else if (ERASE.test(character)) typed.pop();
        else if (character === ERASE_ALL) typed = [];
        else if (character >= LEAST_VISIBLE) typed.push(character);
      }
    };
    keyboard.on('data', take);
    keyboard.once('end', giveUp);
    keyboard.resume();
  });
}
