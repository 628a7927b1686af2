import { afterEach, describe, expect, it } from 'vitest';
import { SideProcess } from '../../bench/side-process.ts';

/** A program like the bench's, in one line. */
const started: SideProcess[] = [];
function start(script: string): SideProcess {
  const side = SideProcess.start('the program', [process.execPath, '-e', script], process.env);
  started.push(side);
  return side;
}
afterEach(async () => { await Promise.all(started.splice(0).map((side) => side.stop())); });

const LISTEN = `process.stdin.on('data', (word) => console.log(JSON.stringify({ event: 'result', samples: [String(word).trim().length] })));`;

describe('a side program', () => {
  it('says events as JSON lines and hears words', async () => {
    const side = start(`console.log('noise'); console.log(JSON.stringify({ event: 'ready' })); ${LISTEN}`);
    await side.event('ready', 5000);
    side.say('go');
    expect((await side.event('result', 5000)).samples).toEqual([2]);
  });

  it('leaves when its stdin ends, and stopping it twice is no error', async () => {
    const side = start(`console.log(JSON.stringify({ event: 'ready' })); process.stdin.resume();`);
    await side.event('ready', 5000);
    await Promise.all([side.stop(), side.stop()]);
    await expect(side.event('result', 5000)).rejects.toThrow(/the program ended \(code 0\) before "result"/);
  });

  it('names the last words of a program that broke', async () => {
    await expect(start(`console.error('no such server'); process.exit(3)`).event('ready', 5000)).rejects.toThrow(/ended \(code 3\) before "ready"; its last words: no such server/);
  });

  it('says what did not come in time', async () => {
    await expect(start(`process.stdin.resume()`).event('ready', 50)).rejects.toThrow(/no "ready" within 50 ms/);
  });

  it('refuses a program that is not there', () => {
    expect(() => SideProcess.start('the program', ['/nowhere/at/all'], process.env)).toThrow(/cannot start \/nowhere\/at\/all/);
  });
});
