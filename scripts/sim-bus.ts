import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { REGISTER } from '../main/devices/feetech/table.ts';
import { busCommandHelp, runBusCommand } from '../main/devices/sim-bus/sim-bus-commands.ts';
import { openPseudoTerminal } from '../main/devices/sim-bus/pseudo-terminal.ts';
import { createSimSo101, type SimArmKind } from '../main/devices/sim-bus/sim-so101.ts';
import { systemClock } from '../main/system-clock.ts';
import { describeError, toPortalError } from '../shared/portal/errors.ts';

/**
 * `npm run sim-bus -- --arm follower [--link PATH]`: six simulated servos behind a serial port of this machine, for lerobot, this
 * app or anything else that speaks to an SO-101. The port's path is the first line on standard output; faults are typed.
 */
const USAGE = `Usage: npm run sim-bus -- [--arm leader|follower] [--new] [--model N] [--link PATH]

  --arm KIND   leader or follower; default follower
  --new        servos as from the factory: every id is 1
  --model N    the model number the servos say; default 777, an STS3215
  --link PATH  a name for the port that stays the same, for instance /tmp/follower

While it runs, type:
${busCommandHelp()}
`;

function readOptions(): { arm: SimArmKind; link: string | null; isNew: boolean; model: number | null } {
  const { values } = parseArgs({ options: { new: { type: 'boolean', default: false }, arm: { type: 'string', default: 'follower' }, link: { type: 'string' }, model: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  if (values.arm !== 'leader' && values.arm !== 'follower') throw new Error(`--arm takes leader or follower, not ${values.arm}`);
  const model = values.model === undefined ? null : Number(values.model);
  if (model !== null && !(Number.isInteger(model) && model >= 1 && model <= 65_535)) throw new Error(`--model takes a number from 1 to 65535, not ${String(values.model)}`);
  return { arm: values.arm, link: values.link ?? null, isNew: values.new, model };
}

function run({ arm, link, isNew, model }: ReturnType<typeof readOptions>): void {
  const terminal = openPseudoTerminal((bytes) => { bus.receive(bytes); });
  const bus = createSimSo101(arm, systemClock, (bytes) => { terminal.write(bytes); }, isNew);
  if (model !== null) for (const { memory } of bus.servos) memory.engrave(REGISTER.modelNumber, model);
  bus.lineBaud = () => terminal.baud();
  const end = (): void => {
    if (link !== null) rmSync(link, { force: true });
    terminal.close();
    process.exit(0);
  };
  if (link !== null) {
    // One that was killed leaves a link to nowhere; whatever else has this name is not ours to remove.
    if (!existsSync(link)) rmSync(link, { force: true });
    symlinkSync(terminal.path, link);
  }
  process.stdout.write(`${link ?? terminal.path}\n`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    try {
      process.stdout.write(`${runBusCommand(line, { bus, clock: systemClock, unplug: () => { if (link !== null) rmSync(link, { force: true }); terminal.close(); } })}\n`);
    } catch (thrown) {
      process.stderr.write(`${describeError(toPortalError(thrown).toJSON())}\n`);
    }
  });
  lines.on('close', end);
}

try {
  run(readOptions());
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
  process.exitCode = 2;
}
