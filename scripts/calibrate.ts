import { appFolder } from '../main/app-folder.ts';
import { checkMotors } from '../main/devices/feetech/arm-check.ts';
import { patientBus } from '../main/devices/feetech/bus.ts';
import { readBindings } from '../main/devices/feetech/arm-bindings.ts';
import { calibrationRoot, listCalibrations } from '../main/devices/feetech/calibration-places.ts';
import { SO101_IDS } from '../main/devices/feetech/so101-motors.ts';
import { listSerialPorts, SerialLink } from '../main/devices/serial-link.ts';
import { portKey } from '../main/devices/serial-ports.ts';
import { systemClock } from '../main/system-clock.ts';
import { ARM_KINDS, type ArmKind } from '../shared/arm-kind.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { runArmProgram, type FlagValues } from './arms/arm-program.ts';
import { calibrateByHand, checkFile, importFile, importFromMotors, undoLast, writeFileToMotors, type CalibrationJob } from './arms/calibrate-jobs.ts';
import { choosePort } from './arms/choose-port.ts';
import type { Dialogue } from './arms/dialogue.ts';

/** `npm run calibrate -- --arm follower --id my_arm`: calibrates an SO-101 or SO-100 arm in a terminal, or takes over a calibration. */
const USAGE = `Usage: npm run calibrate -- --arm leader|follower --id NAME [--port PORT] [what]

Without more, calibrates by hand: put the arm in its middle, move every joint from stop to stop, close the gripper. Enter goes on,
"back" goes a step back, Ctrl+C leaves; nothing is written before the end. The file is lerobot's, in lerobot's folder.

  --arm KIND     leader or follower
  --id NAME      the arm's name, as lerobot's --robot.id or --teleop.id
  --port PORT    /dev/ttyACM0, COM3, usb:SERIAL; default: as it was set up, else found by plugging it in
  --import FILE  write this calibration file to the motors, and keep it as this arm's
  --from-motors  save what the motors hold, only reading them
  --apply        write this arm's own file to its motors
  --undo         go back to the calibration that the last one replaced: its file and its motors
  --check        compare this arm's file with its motors, only reading them; exit code 1 when they differ
  --list         ports, arms set up here, and calibration files
  --json         one JSON event a line; every line on standard input is an Enter, or "back"

Exit codes: 0 done, 1 failed, 2 wrong flags, 130 left with Ctrl+C.
`;

const JOBS = { import: importFile, 'from-motors': importFromMotors, apply: writeFileToMotors, undo: undoLast, check: checkFile } as const;

interface Options {
  arm: ArmKind;
  id: string;
  port: string | null;
  importFrom: string | null;
  job: CalibrationJob;
  json: boolean;
}

function readOptions(values: FlagValues): Options {
  const { arm, id } = values;
  if (typeof arm !== 'string' || !ARM_KINDS.some((kind) => kind === arm)) throw new PortalError('USAGE', '--arm says what the arm is', { expected: 'leader or follower', got: typeof arm === 'string' ? arm : 'nothing' });
  const named = Object.keys(JOBS).filter((name) => values[name] !== undefined && values[name] !== false) as (keyof typeof JOBS)[];
  const [job] = named;
  if (named.length > 1) throw new PortalError('USAGE', 'one thing at a time', { expected: `one of ${Object.keys(JOBS).map((name) => `--${name}`).join(', ')}`, got: named.map((name) => `--${name}`).join(' ') });
  const port = typeof values['port'] === 'string' ? values['port'] : null;
  const known = readBindings(dataDir()).filter((binding) => binding.kind === arm && (port === null || binding.port === port));
  const name = typeof id === 'string' ? id : known.length === 1 ? known[0]?.id : undefined;
  if (name === undefined) throw new PortalError('USAGE', '--id names the arm', { expected: 'a name such as my_follower', got: 'nothing' });
  return { arm: arm as ArmKind, id: name, port, importFrom: typeof values['import'] === 'string' ? values['import'] : null, job: job === undefined ? calibrateByHand : JOBS[job], json: values['json'] === true };
}

function dataDir(): string {
  return process.env['PORTAL_CONSOLE_DATA_DIR'] ?? appFolder();
}

async function list(dialogue: Dialogue): Promise<void> {
  const [ports, arms, files] = [await listSerialPorts(), readBindings(dataDir()), listCalibrations()];
  dialogue.event('list', { ports, arms, calibrations: files, root: calibrationRoot() });
  dialogue.say(['Ports:', ...ports.map((port) => `  ${port.path}  ${portKey(port)}  ${port.manufacturer ?? ''}`), 'Arms set up here:', ...arms.map(({ kind, id, port }) => `  ${kind} ${id} on ${port}`), `Calibrations in ${calibrationRoot()}:`, ...files.map(({ kind, id, path }) => `  ${kind} ${id}  ${path}`)].join('\n'));
}

async function run(dialogue: Dialogue, values: FlagValues): Promise<number> {
  if (values['list'] === true) {
    await list(dialogue);
    return 0;
  }
  const options = readOptions(values);
  const choice = await choosePort(dialogue, { named: options.port, kind: options.arm, id: options.id, dataDir: dataDir(), canAsk: process.stdin.isTTY && !options.json });
  const bus = patientBus(new SerialLink(choice.port), systemClock);
  await bus.open(() => undefined);
  try {
    for (const warning of await checkMotors(bus, SO101_IDS)) dialogue.warning('motor-model', warning);
    return await options.job({ bus, dialogue, kind: options.arm, id: options.id, importFrom: options.importFrom, portKey: choice.key, dataDir: dataDir(), root: calibrationRoot() });
  } finally {
    await bus.close();
  }
}

const code = await runArmProgram({
  usage: USAGE,
  flags: {
    arm: { type: 'string' }, id: { type: 'string' }, port: { type: 'string' }, import: { type: 'string' }, 'from-motors': { type: 'boolean' }, apply: { type: 'boolean' }, undo: { type: 'boolean' },
    check: { type: 'boolean' }, list: { type: 'boolean' },
  },
  mistakes: ['VALUE_INVALID', 'CALIBRATION_INVALID'],
  run,
});
// Standard input may still be open, and would keep the process waiting for a line that nobody needs.
process.exit(code);
