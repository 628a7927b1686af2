import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { systemClock } from '../../main/system-clock.ts';
import { until } from '../fakes/until.ts';

/** Its answers come from another process, which a busy machine may put aside. */
const PATIENCE_US = 2_000_000;

it.skipIf(process.platform === 'win32')('npm run sim-bus gives a serial port with an arm behind it, and makes faults as they are typed', async () => {
  const child = spawn(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'scripts/sim-bus.ts', '--arm', 'leader', '--model', '778'], { stdio: 'pipe' });
  const said: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const ended = new Promise<number | null>((resolve) => { child.once('exit', resolve); });
  const told = async (line: string, answer: string): Promise<void> => {
    child.stdin.write(`${line}\n`);
    await until(answer, () => said.includes(answer), { deadlineMs: 20_000, seen: () => [...said, ...complaints] });
  };
  try {
    await until('the path', () => said.length > 0, { deadlineMs: 60_000 });
    const bus = new FeetechBus(new SerialLink(said[0] ?? ''), systemClock, new Map(), PATIENCE_US);
    let lost = false;
    await bus.open(() => { lost = true; });
    expect(await bus.read(6, REGISTER.modelNumber)).toBe(778);
    await told('model 6 777', 'the servo at 6 is model 777');
    expect(await bus.read(6, REGISTER.modelNumber)).toBe(777);
    expect(await bus.read(1, REGISTER.presentVoltage)).toBe(50);
    await told('turn 2 1000', '2 turned');
    expect(await bus.read(2, REGISTER.presentPosition)).toBe(1000);
    await told('silence 4', '4 is silent');
    await expect(bus.read(4, REGISTER.id, 0)).rejects.toMatchObject({ code: 'BUS_TIMEOUT' });
    child.stdin.write('explode\njam\nturn 9 5\n');
    await until('three complaints', () => complaints.length >= 3, { seen: () => complaints });
    expect(complaints.join('\n')).toMatch(/explode is no command[\s\S]*jam takes id[\s\S]*no servo 9/u);
    await told('unplug', 'unplugged');
    await until('the loss', () => lost);
    await bus.close();
    child.stdin.end();
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
