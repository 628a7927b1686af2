import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { FEEDS_WINDOW_ENV } from '../main/host-feed.ts';
import type { RunningHost, StartRobotHost, StationEvent } from '../main/ports.ts';
import { PortalError, type PortalErrorShape } from '../shared/portal/errors.ts';
import { accessEnv, end, inheritedEnv, lastLines, OWNED_ENV, parseEvent, type ProgramStart } from './robot-process.ts';

/**
 * Robot hosts for the window: the same program in a process of its own, whose events are read and whose terminal is spoken to.
 * A window that dies leaves it untouched; when this whole process dies it holds the arm, leaves the session and ends.
 */
export function hostedRobots(program: ProgramStart): StartRobotHost {
  return ({ configFile, session, identity, connection, e2eeKey }, { onEvent, onEnd }): RunningHost => {
    // By environment alone: a command line is everybody's to read.
    const secrets = { ...(connection === null ? {} : accessEnv(connection)), ...(e2eeKey === null ? {} : { PORTAL_E2EE_KEY: e2eeKey }) };
    const env = inheritedEnv(program.env, { ...secrets, [OWNED_ENV]: '1', [FEEDS_WINDOW_ENV]: '1' });
    const args = ['--session', session, ...(identity === null ? [] : ['--identity', identity]), ...(configFile === null ? [] : ['--config', configFile]), '--json'];
    const child = spawn(program.command, [...program.leading, 'robot-host', ...args], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    let said = '';
    let lastError: PortalErrorShape | null = null;
    let isOver = false;
    let isLeaving = false;

    const over = (why: string): void => {
      if (isOver) return;
      isOver = true;
      if (isLeaving) return;
      const got = lastLines(said);
      onEnd(lastError ?? new PortalError('DEVICE_FAILED', `The robot host ended: ${why}`, { ...(got === '' ? {} : { got }), fix: 'Start it again; PORTAL_CONSOLE_LOG=debug shows more.' }).toJSON());
    };
    child.once('error', (error) => over(error.message));
    child.once('close', (code, signal) => over(signal === null ? `code ${String(code)}` : signal));
    // A host that has died closes the pipe; its end says so, the write error would only repeat it.
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4000)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parseEvent(line);
      if (event === null || isOver) return;
      if (event.event === 'error') {
        const { event: _name, ...error } = event;
        lastError = error as PortalErrorShape;
      } else if (event.event === 'connected') lastError = null;
      onEvent(event as unknown as StationEvent);
    });
    return {
      say: (word) => void child.stdin.write(`${word}\n`),
      leave(withinMs) {
        isLeaving = true;
        child.stdin.write('leave\n');
        return end(child, withinMs, false);
      },
    };
  };
}
