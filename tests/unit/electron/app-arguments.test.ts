import { describe, expect, it } from 'vitest';
import { appArguments } from '../../../electron/app-arguments.ts';

describe('appArguments', () => {
  it('takes the path of an unpackaged app out, wherever the switches stand', () => {
    expect(appArguments(['electron', '--no-sandbox', '.', 'robot-host', '--json'], false)).toEqual(['--no-sandbox', 'robot-host', '--json']);
  });

  it('does not take the file a test driver preloads for the app', () => {
    expect(appArguments(['electron', '--inspect=0', '-r', '/driver/loader.js', '/app', 'console'], false)).toEqual(['--inspect=0', '-r', '/driver/loader.js', 'console']);
  });

  it('leaves the arguments of a packaged app alone', () => {
    expect(appArguments(['portal-console', 'operator', '--claim'], true)).toEqual(['operator', '--claim']);
  });

  it('is empty when there is only the app', () => {
    expect(appArguments(['electron', '/app'], false)).toEqual([]);
  });
});
