import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { ByteLink } from '../byte-link.ts';
import { releaseMotor } from './arm-setup.ts';
import { patientBus, type FeetechBus } from './bus.ts';
import { modelWarnings, refuseScsSeries } from './motor-models.ts';
import { SO101_IDS, type ArmMotor } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** Rates a servo may have been left at, the factory's first. */
export const SERVO_BAUDS = [1_000_000, 500_000, 250_000, 128_000, 115_200, 57_600, 38_400, 19_200] as const;
/** The register's word for 1 Mbaud. */
const BAUD_1M = 0;

/** How often a motor that was just renumbered is looked for. */
const LOOKS = 3;

/** From the gripper down, as lerobot goes: what hangs on the chain last is set up first. */
export const SETUP_ORDER: readonly ArmMotor[] = [...SO101_IDS].reverse();

/** The one motor on the bus. */
export interface FoundMotor {
  id: number;
  baud: number;
  /** It says another model number than an STS3215; null = it does not. */
  warning: string | null;
}

/**
 * Gives new motors their ids, one on the bus at a time. `openLink`: the port at a rate; each call of a method opens it and closes
 * it again, so that cables can be changed, and the port unplugged, in between.
 */
export class MotorSetup {
  readonly #openLink: (baud: number) => ByteLink;
  readonly #clock: Clock;

  constructor(openLink: (baud: number) => ByteLink, clock: Clock) {
    this.#openLink = openLink;
    this.#clock = clock;
  }

  /**
   * The single motor that is there, at whatever rate. Rejects with MOTOR_MISSING, MOTOR_DUPLICATE when several answer,
   * MOTOR_MODEL, or as the port. Nothing is written. Takes a second a rate; `onBaud` tells which.
   */
  async find(onBaud: (baud: number) => void = () => undefined): Promise<FoundMotor> {
    for (const baud of SERVO_BAUDS) {
      onBaud(baud);
      const found = await this.#at(baud, (bus) => onlyMotor(bus, baud));
      if (found !== null) return found;
    }
    throw new PortalError('MOTOR_MISSING', 'no motor answers at any rate', {
      expected: 'one motor on the bus', got: 'silence', fix: 'Check the power supply, the cable between board and motor, and the jumper of the adapter (B).',
    });
  }

  /**
   * Makes the one motor on the bus `target` at 1 Mbaud, and finds it again under its new id. Rejects as `find`, or with
   * MOTOR_MISSING when the motor does not answer as what it was made.
   */
  async assign(target: ArmMotor, onBaud?: (baud: number) => void): Promise<FoundMotor> {
    const found = await this.find(onBaud);
    await this.#at(found.baud, async (bus) => {
      await releaseMotor(bus, found.id);
      // Whoever has taken the new id no longer hears the old one, so an answer that was lost cannot be asked for again: what
      // counts, here and with the rate, is how it answers afterwards.
      if (found.id !== target.id) await bus.write(found.id, REGISTER.id, target.id).catch(unlessGone);
      if (found.baud !== SERVO_BAUDS[0]) await bus.write(target.id, REGISTER.baudRate, BAUD_1M, 0).catch(unlessGone);
    });
    await this.#at(SERVO_BAUDS[0], async (bus) => {
      let alone: FoundMotor | null = null;
      // A busy machine, or a servo that is just writing its memory, may miss the first look.
      for (let look = 0; alone === null && look < LOOKS; look += 1) alone = await onlyMotor(bus, SERVO_BAUDS[0]);
      const isRight = alone?.id === target.id && (await bus.read(target.id, REGISTER.id)) === target.id && (await bus.read(target.id, REGISTER.baudRate)) === BAUD_1M;
      if (isRight) return bus.write(target.id, REGISTER.lock, 1);
      throw new PortalError('MOTOR_MISSING', `the motor does not answer as ${target.id} (${target.motor})`, {
        expected: `motor ${target.id} at 1 Mbaud`, got: alone === null ? 'silence' : `motor ${alone.id}`, fix: 'Switch its power off and on, and set this motor up again.',
      });
    });
    return found;
  }

  async #at<T>(baud: number, work: (bus: FeetechBus) => Promise<T>): Promise<T> {
    const bus = patientBus(this.#openLink(baud), this.#clock);
    await bus.open(() => undefined);
    try {
      return await work(bus);
    } finally {
      await bus.close();
    }
  }
}

/** Null = silence at this rate. Throws MOTOR_DUPLICATE or MOTOR_MODEL. */
async function onlyMotor(bus: FeetechBus, baud: number): Promise<FoundMotor | null> {
  const { ids, isDamaged } = await bus.survey(baud);
  const [id] = ids;
  if (ids.length > 1 || isDamaged) throw severalMotors(ids);
  if (id === undefined) return null;
  try {
    // Two of one id may answer a ping in step; what they read is not the same.
    for (const register of [REGISTER.presentPosition, REGISTER.presentVoltage, REGISTER.presentPosition]) await bus.read(id, register);
  } catch (thrown) {
    if (thrown instanceof PortalError && thrown.code === 'BUS_CORRUPT') throw severalMotors(ids);
    throw thrown;
  }
  const model = await bus.read(id, REGISTER.modelNumber);
  refuseScsSeries(`motor ${id}`, model);
  const [warning = null] = modelWarnings(bus.name, [{ name: String(id), model }]);
  return { id, baud, warning };
}

function severalMotors(ids: readonly number[]): PortalError {
  return new PortalError('MOTOR_DUPLICATE', 'more than one motor is on the bus', {
    expected: 'one motor', got: ids.length > 1 ? `motors ${ids.join(', ')}` : 'answers on top of each other', fix: 'Leave just the one motor plugged in, without the chain behind it. Nothing was changed.',
  });
}

function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof PortalError) || thrown.code === 'PORT_LOST') throw thrown;
}
