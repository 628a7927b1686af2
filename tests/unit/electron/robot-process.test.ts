import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OWNED_ENV, simulatedRobots } from '../../../electron/robot-process.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { until } from '../../fakes/until.ts';

const ROBOT = { url: 'ws://127.0.0.1:7880', apiKey: 'key', apiSecret: 'top-secret', session: 's', identity: 'robot', supervisors: ['anna', 'bert'], signal: new AbortController().signal };

/** A program that says what it was started with, and then does as the script says. */
function program(script: string) {
  const told = `process.stdout.write(JSON.stringify({ event: 'connected', argv: process.argv.slice(1), env: process.env }) + '\\n');`;
  return simulatedRobots({ command: process.execPath, leading: ['-e', script.replace('TELL', told), '--'], env: { ...process.env, LIVEKIT_TOKEN: 'stale', ELECTRON_RUN_AS_NODE: '1' } });
}

async function failure(script: string): Promise<PortalError> {
  try {
    const robot = await program(script)(ROBOT);
    await robot.stop();
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
    throw thrown;
  }
  return expect.fail('it started');
}

describe('simulatedRobots', () => {
  it('is there once the robot has joined, and gone once it is stopped', async () => {
    const robot = await program('TELL setInterval(() => {}, 1000);')(ROBOT);
    await robot.stop();
    await robot.stop();
  });

  it('is ended when that is no longer wanted while it starts, and not started when it was not before', async () => {
    const cancel = new AbortController();
    const folder = mkdtempSync(join(tmpdir(), 'robot-process-'));
    try {
      const begun = join(folder, 'begun');
      const starting = program(`require('node:fs').writeFileSync(${JSON.stringify(begun)}, ''); setInterval(() => {}, 1000);`)({ ...ROBOT, signal: cancel.signal });
      await until('it to begin', () => existsSync(begun));
      cancel.abort();
      await expect(starting).rejects.toMatchObject({ code: 'DISCONNECTED' });
      rmSync(begun);
      await expect(program('TELL')({ ...ROBOT, signal: cancel.signal })).rejects.toMatchObject({ code: 'DISCONNECTED' });
      expect(existsSync(begun)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('insists when the robot does not listen', async () => {
    const robot = await program("process.on('SIGTERM', () => {}); TELL setInterval(() => {}, 1000);")(ROBOT);
    await robot.stop();
  });

  it('tells key and secret by environment, never on the command line', async () => {
    const error = await failure(
      `const argv = process.argv.slice(1).join(' '); const { LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_TOKEN, ELECTRON_RUN_AS_NODE, ${OWNED_ENV} } = process.env;
       process.stdout.write(JSON.stringify({ event: 'error', code: 'USAGE', message: 'told', got: argv + ' | ' + [LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_TOKEN, ELECTRON_RUN_AS_NODE, ${OWNED_ENV}].join(' ') }) + '\\n'); setInterval(() => {}, 1000);`,
    );
    expect(error.details.got).toBe('robot-host --session s --identity robot --supervisor anna --supervisor bert --json | ws://127.0.0.1:7880 key top-secret   1');
  });

  it("passes the robot's own error on", async () => {
    const error = await failure(`process.stdout.write(JSON.stringify({ event: 'error', code: 'SERVER_UNREACHABLE', message: 'nobody answers', fix: 'Start it.' }) + '\\n'); setTimeout(() => process.exit(1), 50);`);
    expect(error.code).toBe('SERVER_UNREACHABLE');
    expect(error.message).toContain('nobody answers');
    expect(error.details.fix).toBe('Start it.');
  });

  it('says what a robot that just ended had to say', async () => {
    const error = await failure(`process.stderr.write('libfoo.so is missing\\n'); process.exit(127);`);
    expect(error.code).toBe('DEVICE_FAILED');
    expect(error.message).toContain('127');
    expect(error.details.got).toContain('libfoo.so');
  });

  it('says when there is no such program', async () => {
    const start = simulatedRobots({ command: '/nowhere/portal-console', leading: [], env: process.env });
    await expect(start(ROBOT)).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
  });
});
