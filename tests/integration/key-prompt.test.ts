import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { builtinPortalConfig } from '../../main/builtin-schema.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../main/devices/sim-bus/pseudo-terminal.ts';
import { appEnv } from '../e2e/app-process.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import { until } from '../fakes/until.ts';

const PROGRAM = ['--import', 'tsx', join(import.meta.dirname, '../fakes/plain-role.ts')];
const KEY = 'grüezi, a shared key';
const ENTER = '\r';

/** A role whose keyboard and standard error are a real terminal, as somebody sits at it. */
interface AtTerminal {
  terminal: PseudoTerminal;
  child: ChildProcess;
  shown(): string;
  stdout(): string;
  ended: Promise<number | null>;
}

function startAtTerminal(args: readonly string[], env: Record<string, string>): AtTerminal {
  let shown = '';
  let stdout = '';
  const terminal = openPseudoTerminal((bytes) => { shown += Buffer.from(bytes).toString('utf8'); });
  const fd = openSync(terminal.path, constants.O_RDWR | constants.O_NOCTTY);
  const child = spawn(process.execPath, [...PROGRAM, ...args], { stdio: [fd, 'pipe', fd], env: appEnv(env) });
  closeSync(fd);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { terminal, child, shown: () => shown, stdout: () => stdout, ended };
}

describe.skipIf(process.platform === 'win32')('--e2ee', () => {
  const started: AtTerminal[] = [];
  afterEach(async () => {
    for (const { child, ended, terminal } of started.splice(0)) {
      child.kill('SIGKILL');
      await ended;
      terminal.close();
    }
  });
  const start = (args: readonly string[], env: Record<string, string>): AtTerminal => {
    const role = startAtTerminal(args, env);
    started.push(role);
    return role;
  };
  const asked = (role: AtTerminal): Promise<void> => until('the prompt', () => role.shown().includes('encryption key (not shown): '), { deadlineMs: 30_000, seen: role.shown });

  describeWithServer('on a terminal', (server) => {
    it('asks for the key, shows nothing of it, encrypts with it, and leaves the terminal as it was', { timeout: 90_000 }, async () => {
      const { url, apiKey, apiSecret } = server();
      const session = new PortalSession(server(), builtinPortalConfig('prompt', ['front']));
      try {
        const desk = await session.operator('desk', { e2eeKey: KEY, video: 'none' });
        const host = start(['robot-host', '--session', session.room, '--camera', 'front:160x120@5', '--e2ee'], { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret });
        await asked(host);
        // A slip, taken back; and letters of more than one byte.
        host.terminal.write(Buffer.from(`x\u007f${KEY}${ENTER}`));
        await until('what the host sends to be understood', () => desk.states.length > 0, { deadlineMs: 30_000, seen: () => [host.shown(), host.stdout(), desk.warnings] });
        expect(desk.warnings).not.toContain('encryption-failed');
        host.terminal.write(Buffer.from(`stop${ENTER}`));
        await until('the host to obey its terminal afterwards', () => /stopped/u.test(host.stdout() + host.shown()), { seen: host.shown });
        expect(host.shown(), 'what is typed now is shown').toContain('stop');
        for (const text of [host.shown(), host.stdout()]) {
          expect(text).not.toContain(KEY);
          expect(text).not.toContain('shared');
        }
      } finally { await session.close(); }
    });
  });

  it('asks again for an empty key, and takes Ctrl-C for a no', { timeout: 60_000 }, async () => {
    const role = start(['operator', '--e2ee'], {});
    await asked(role);
    role.terminal.write(Buffer.from(ENTER));
    await until('another question', () => role.shown().split('(not shown)').length > 2, { seen: role.shown });
    role.terminal.write(Buffer.from('half a k\u0003'));
    expect(await role.ended).toBe(2);
    expect(role.shown() + role.stdout()).toMatch(/--e2ee needs a key.*PORTAL_E2EE_KEY/su);
    expect(role.shown()).not.toContain('half a k');
  });

  it('asks nothing where the environment has the key', { timeout: 60_000 }, async () => {
    const role = start(['operator', '--e2ee', '--leader', 'puppet'], { PORTAL_E2EE_KEY: KEY });
    expect(await role.ended).toBe(2);
    expect(role.shown()).not.toContain('(not shown)');
  });

  it('says what to set where there is no terminal', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [...PROGRAM, 'operator', '--e2ee', '--json'], { stdio: ['ignore', 'pipe', 'ignore'], env: appEnv({}) });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ event: 'error', code: 'USAGE', fix: expect.stringContaining('PORTAL_E2EE_KEY') as string });
  });
});
