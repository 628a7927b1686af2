import type { Clock } from '../../../shared/portal/clock.ts';
import type { ArmHealth } from '../../../shared/portal/arm-health.ts';
import { PortalError, toPortalError } from '../../../shared/portal/errors.ts';
import type { ArmWarning } from '../device.ts';
import { checkCalibration, checkMotors } from './arm-check.ts';
import type { FeetechBus } from './bus.ts';
import { ServoHealth } from './servo-health.ts';
import type { So101Joint } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** Between two attempts to open a port that went away. */
const REOPEN_US = 1_000_000;
/** Failed readings in a row after which the port is opened anew: some systems never tell that an adapter has gone. */
const MAX_FAILED_READINGS = 20;
/** So often a reading of the positions brings everything else along: about 0.8 ms more on the line, and no exchange of its own. */
const HEALTH_EVERY_US = 150_000;

/** What leader and follower share: six motors on one bus, checked when the port opens, and opened again after it was unplugged. */
export class So101Line {
  readonly bus: FeetechBus;
  readonly joints: readonly So101Joint[];
  readonly #clock: Clock;
  readonly #calibrationFile: string;
  readonly #prepare: () => Promise<void>;
  readonly #warn: ArmWarning;
  /** `lost`: it was open, and is wanted open. */
  #phase: 'closed' | 'opening' | 'open' | 'lost' = 'closed';
  /** From `open` to `close`: an attempt that is under way then must not bring it back. */
  #isWanted = false;
  #lastAttemptUs = 0;
  #failure: PortalError | null = null;
  #failedReadings = 0;
  readonly #health: ServoHealth;
  #healthUs = 0;
  readonly #warned = new Set<string>();

  /** `prepare`: what a kind of arm does to its motors after the checks. */
  constructor(bus: FeetechBus, joints: readonly So101Joint[], calibrationFile: string, clock: Clock, { prepare, warn }: { prepare: () => Promise<void>; warn: ArmWarning }) {
    this.bus = bus;
    this.joints = joints;
    this.#clock = clock;
    this.#calibrationFile = calibrationFile;
    this.#prepare = prepare;
    this.#warn = warn;
    this.#health = new ServoHealth(joints);
  }

  /** Rejects with the port's, the motors' or the calibration's error; then the port is free again and nothing has moved. */
  async open(): Promise<void> {
    this.#isWanted = true;
    await this.#attempt();
  }

  async #attempt(): Promise<void> {
    this.#phase = 'opening';
    this.#lastAttemptUs = this.#clock.nowUs();
    try {
      await this.bus.open((error) => this.#wentAway(error));
      // Nothing waits for these answers, and a machine that is busy starting must not look like a loose cable.
      await this.bus.patiently(() => this.#check());
      if (!this.#isWanted) throw new PortalError('PORT_LOST', `${this.bus.name} was closed meanwhile`);
      this.#phase = 'open';
      this.#failure = null;
    } catch (thrown) {
      await this.bus.close();
      this.#phase = 'closed';
      throw thrown;
    }
  }

  async #check(): Promise<void> {
    const warnings = await checkMotors(this.bus, this.joints);
    await checkCalibration(this.bus, this.joints, this.#calibrationFile);
    this.#tell(warnings);
    await this.#prepare();
    await this.#health.readLimits(this.bus);
  }

  /** Positions in steps by id, and when they had come in. Rejects with BUS_TIMEOUT, BUS_CORRUPT, PORT_LOST or DEVICE_FAILED. */
  async readSteps(): Promise<{ steps: ReadonlyMap<number, number>; timestampUs: number }> {
    this.mustBeOpen();
    try {
      const steps = await this.#read();
      this.#failedReadings = 0;
      return { steps, timestampUs: this.#clock.nowUs() };
    } catch (thrown) {
      this.#failedReadings += 1;
      if (this.#failedReadings >= MAX_FAILED_READINGS) await this.#giveUp(toPortalError(thrown, 'DEVICE_FAILED'));
      throw thrown;
    }
  }

  /** What the servos measured in one of the last readings; null before the first. */
  get health(): ArmHealth | null {
    const { motors } = this.#health;
    return motors.length === 0 ? null : { ageMs: (this.#clock.nowUs() - this.#healthUs) / 1000, motors, line: this.bus.counters };
  }

  async #read(): Promise<Map<number, number>> {
    if (Math.abs(this.#clock.nowUs() - this.#healthUs) < HEALTH_EVERY_US) return this.bus.syncRead(this.joints.map(({ id }) => id), REGISTER.presentPosition);
    const steps = await this.#health.read(this.bus);
    this.#healthUs = this.#clock.nowUs();
    return steps;
  }

  /** Throws what keeps the arm from being used; a port that went away is tried again, once a second. */
  mustBeOpen(): void {
    if (this.#phase === 'open') return;
    if (this.#phase === 'lost' && Math.abs(this.#clock.nowUs() - this.#lastAttemptUs) > REOPEN_US) void this.#reopen();
    throw this.#failure ?? new PortalError('DEVICE_FAILED', `The arm on ${this.bus.name} is not open`, { fix: 'Open it first.' });
  }

  /** An arm that comes back after it was unplugged was told of already. */
  #tell(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (!this.#warned.has(warning)) this.#warn(warning);
      this.#warned.add(warning);
    }
  }

  async close(): Promise<void> {
    this.#isWanted = false;
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#failure = null;
    await this.bus.close();
  }

  async #giveUp(error: PortalError): Promise<void> {
    this.#failedReadings = 0;
    this.#wentAway(error);
    await this.bus.close();
  }

  #wentAway(error: PortalError): void {
    this.#failure = error;
    if (this.#phase === 'open') this.#phase = 'lost';
  }

  async #reopen(): Promise<void> {
    try {
      await this.#attempt();
    } catch (thrown) {
      if (!this.#isWanted) return;
      this.#failure = toPortalError(thrown, 'DEVICE_FAILED');
      this.#phase = 'lost';
    }
  }
}
