import { appFolder } from '../main/app-folder.ts';
import { checkMotors } from '../main/devices/feetech/arm-check.ts';
import { patientBus } from '../main/devices/feetech/bus.ts';
import { MotorSetup, SETUP_ORDER } from '../main/devices/feetech/motor-setup.ts';
import { SO101_IDS, type ArmMotor } from '../main/devices/feetech/so101-motors.ts';
import { SerialLink } from '../main/devices/serial-link.ts';
import { systemClock } from '../main/system-clock.ts';
import { ARM_KINDS, type ArmKind } from '../shared/arm-kind.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import { runArmProgram, type FlagValues } from './arms/arm-program.ts';
import { choosePort } from './arms/choose-port.ts';
import type { Dialogue } from './arms/dialogue.ts';
import { Leaving } from './arms/leaving.ts';

/** `npm run setup-motors -- --arm follower`: gives the six new motors of an arm their ids, one on the bus at a time. */
const USAGE = `Usage: npm run setup-motors -- --arm leader|follower [--port PORT] [--only MOTOR]

Goes from the gripper to the shoulder; each time exactly one motor is plugged into the board. A motor is found at whatever rate and
id it has; several at once are refused, and nothing is changed. Enter sets the motor up, "skip" leaves it out, Ctrl+C ends.

  --arm KIND    leader or follower
  --port PORT   /dev/ttyACM0, COM3, usb:SERIAL; default: as it was set up, else found by plugging it in
  --only MOTOR  just this one: ${SO101_IDS.map(({ motor }) => motor).join(', ')}
  --json        one JSON event a line; every line on standard input is an Enter, or "skip"

Exit codes: 0 done, 1 failed, 2 wrong flags, 130 left with Ctrl+C.
`;

async function run(dialogue: Dialogue, flags: FlagValues): Promise<number> {
  const values = flags as { arm?: string; port?: string; only?: string; json?: boolean };
  if (!ARM_KINDS.some((kind) => kind === values.arm)) throw new PortalError('USAGE', '--arm says what the arm is', { expected: 'leader or follower', got: values.arm ?? 'nothing' });
  const motors = values.only === undefined ? SETUP_ORDER : SETUP_ORDER.filter(({ motor }) => motor === values.only);
  if (motors.length === 0) throw new PortalError('USAGE', `${values.only ?? ''} is no motor of the arm`, { expected: SO101_IDS.map(({ motor }) => motor).join(', '), got: values.only ?? '' });
  const dataDir = process.env['PORTAL_CONSOLE_DATA_DIR'] ?? appFolder();
  const { port } = await choosePort(dialogue, { named: values.port ?? null, kind: values.arm as ArmKind, id: null, dataDir, canAsk: process.stdin.isTTY && values.json !== true });
  const setup = new MotorSetup((baud) => new SerialLink(port, baud), systemClock);
  let underWay: ArmMotor | null = null;
  new Leaving(dialogue, () => ({
    words: underWay === null ? 'Every motor is as it was said to be.' : `The ${underWay.motor} motor may have a new id: set it up again. The others are as they were said to be.`,
    fields: { under_way: underWay?.motor ?? null },
  }));
  let skipped = motors.length < SETUP_ORDER.length;
  for (const target of motors) {
    for (let isDone = false; !isDone; ) {
      dialogue.say(`Plug only the ${target.motor} motor into the board, and press Enter to make it motor ${target.id}.`);
      dialogue.event('motor', { motor: target.motor, id: target.id });
      if ((await dialogue.answer()) === 'skip') {
        skipped = true;
        break;
      }
      underWay = target;
      try {
        const found = await setup.assign(target, (baud) => { dialogue.event('looking', { baud }); });
        if (found.warning !== null) dialogue.warning('motor-model', found.warning);
        dialogue.say(`Found motor ${found.id} at ${found.baud} baud: it is ${target.motor}, id ${target.id}, at 1 Mbaud now.`);
        dialogue.event('assigned', { motor: target.motor, id: target.id, found });
        isDone = true;
      } catch (thrown) {
        const error = toPortalError(thrown);
        dialogue.error(error.toJSON());
        if (['PORT_MISSING', 'PORT_BUSY', 'PERMISSION'].includes(error.code)) return 1;
      }
      underWay = null;
    }
  }
  return skipped ? 0 : checkChain(dialogue, port);
}

async function checkChain(dialogue: Dialogue, port: string): Promise<number> {
  for (;;) {
    dialogue.say('Plug all motors together as a chain, and press Enter to check them.');
    dialogue.event('chain');
    await dialogue.answer();
    const bus = patientBus(new SerialLink(port), systemClock);
    try {
      await bus.open(() => undefined);
      for (const warning of await checkMotors(bus, SO101_IDS)) dialogue.warning('motor-model', warning);
      dialogue.say('All six motors answer. Next: npm run calibrate.');
      dialogue.event('done');
      return 0;
    } catch (thrown) {
      dialogue.error(toPortalError(thrown).toJSON());
    } finally {
      await bus.close();
    }
  }
}

const code = await runArmProgram({ usage: USAGE, flags: { arm: { type: 'string' }, port: { type: 'string' }, only: { type: 'string' } }, mistakes: [], run });
process.exit(code);
