import type { ArmKind } from '../../../shared/arm-kind.ts';
import type { ArmJoint, ArmResult, ArmSetupView, ArmTask } from '../../../shared/arm-setup.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../../../shared/portal/errors.ts';
import type { ByteLink } from '../byte-link.ts';
import { checkMotors } from './arm-check.ts';
import { patientBus, type FeetechBus } from './bus.ts';
import { readCalibrationFile, type SavedCalibration } from './calibration-file.ts';
import { adoptCalibration, compareWithMotors, partnerCalibration, saveFromMotors } from './calibration-jobs.ts';
import { calibrationPath, findCalibration } from './calibration-places.ts';
import { CalibrationRun } from './calibration-run.ts';
import { MotorSetup } from './motor-setup.ts';
import { MotorSteps } from './motor-steps.ts';
import { SO101_IDS } from './so101-motors.ts';

/** Between two readings of the joints: smooth for an eye, and half of what the bus can. */
const SAMPLE_EVERY_MS = 40;
/** Failed readings in a row, about five seconds: some systems never tell that an adapter has gone. */
const MAX_FAILED_READINGS = 8;

export interface ArmWorkOptions {
  clock: Clock;
  root: string;
  kind: ArmKind;
  id: string;
  port: string;
  /** To take over. */
  file: string | null;
  openLink(baud?: number): ByteLink;
  /** Says what is being done. */
  say(doing: string): void;
  onChange(): void;
  /** Something went wrong between two actions; null = it is well again. */
  onTrouble(error: PortalError | null): void;
  /** The arm is gone: nothing can be done with it any more. */
  onLost(error: PortalError): void;
  /** The arm has a calibration of this name now. */
  onSaved(): void;
}

/** One task on one arm, from its beginning to its end. */
export class ArmWork {
  readonly #options: ArmWorkOptions;
  readonly #steps = new MotorSteps();
  #task: ArmTask | null = null;
  #bus: FeetechBus | null = null;
  #run: CalibrationRun | null = null;
  #joints: readonly ArmJoint[] = [];
  #isChainGood = false;
  #hasLeft = false;
  /** What waits for the person to hold the arm. */
  #pending: (() => Promise<void>) | null = null;
  /** Nothing is left to do. */
  isOver = false;
  result: ArmResult | null = null;
  /** What to know of its motors. */
  warnings: readonly string[] = [];

  constructor(options: ArmWorkOptions) {
    this.#options = options;
  }

  get arm(): ArmSetupView['arm'] {
    const { kind, id, port } = this.#options;
    return { kind, id, port };
  }

  get motors(): ArmSetupView['motors'] {
    return this.#task === 'motors' ? { steps: this.#steps.view, isChain: this.#steps.target === null, isDone: this.#isChainGood } : null;
  }

  get calibration(): ArmSetupView['calibration'] {
    const run = this.#run;
    if (run === null) return null;
    const { kind, id, root } = this.#options;
    return { phase: run.phase, joints: this.#joints, path: run.outcome?.saved.path ?? calibrationPath(kind, id, root), backup: run.outcome?.saved.backup ?? null, warnings: run.outcome?.warnings ?? [] };
  }

  get confirm(): string | null {
    return this.#pending === null ? null : 'Torque goes off and the arm sinks. Then the calibration is written to its motors, and read back.';
  }

  /** Rejects with what stands against it; then nothing was changed. */
  async begin(task: ArmTask): Promise<void> {
    const { kind, id, root, clock, file } = this.#options;
    this.#task = task;
    if (task === 'motors') return;
    const path = calibrationPath(kind, id, root);
    const own = task === 'apply' || task === 'check' ? this.#ownFile() : null;
    const calibration = task === 'import' ? readCalibrationFile(file ?? '') : own === null ? null : readCalibrationFile(own);
    this.#options.say('looking at the motors');
    const bus = await this.#open();
    this.warnings = await checkMotors(bus, SO101_IDS);
    if (task === 'calibrate') {
      this.#run = new CalibrationRun(bus, clock, { path, partner: partnerCalibration(kind, id, root) });
      return;
    }
    if (task === 'fromMotors') {
      this.#saved(await saveFromMotors(bus, path, clock.nowUs()), 'The calibration that the motors hold is saved. The direction of the gripper is not in them: it is taken as not turned round.');
    } else if (calibration !== null && task === 'check') {
      const differences = await compareWithMotors(bus, calibration);
      const sentence = differences.length === 0 ? 'File and motors hold the same calibration.' : 'The motors hold another calibration than the file.';
      this.result = { sentence, path: own, backup: null, differences: differences.map(({ motor, key, file: wanted, held }) => `${motor}.${key}: file ${wanted}, motor ${held}`) };
    } else if (calibration !== null) {
      this.#pending = async () => {
        this.#options.say('writing the motors');
        this.#saved(await adoptCalibration(bus, calibration, path, clock.nowUs()), 'The calibration is in the motors, and saved as this arm’s.');
      };
      return;
    }
    this.isOver = true;
  }

  async next(): Promise<void> {
    if (this.#pending !== null) {
      await this.#pending();
      this.isOver = true;
      return;
    }
    if (this.#task === 'motors') return this.#nextMotor();
    const run = this.#run;
    if (run?.phase === 'ready') {
      this.#options.say('letting the arm go limp');
      await run.release();
      void this.#show(run);
    } else if (run?.phase === 'middle') await run.confirmMiddle();
    else if (run?.phase === 'sweep') run.confirmSweep();
    else if (run?.phase === 'gripper') {
      this.#options.say('saving and writing the motors');
      await run.confirmGripper();
      this.#options.onSaved();
    } else if (run?.phase === 'check') {
      const saved = run.outcome?.saved;
      this.result = { sentence: `The ${this.#options.kind} ${this.#options.id} is calibrated.`, path: saved?.path ?? null, backup: saved?.backup ?? null, differences: [] };
      this.isOver = true;
    }
  }

  back(): void {
    if (this.#task === 'motors') this.#steps.back();
    this.#run?.back();
  }

  skip(): void {
    if (this.#task === 'motors') this.#steps.settle('skipped');
  }

  /** What is under way shall end soon; it is not waited for. */
  leave(): void {
    this.#hasLeft = true;
  }

  async close(): Promise<void> {
    this.#hasLeft = true;
    await this.#bus?.close();
    this.#bus = null;
  }

  async #nextMotor(): Promise<void> {
    const { clock, openLink, say } = this.#options;
    const { target } = this.#steps;
    if (target !== null) {
      const setup = new MotorSetup((baud) => openLink(baud), clock);
      const { warning } = await setup.assign(target, (baud) => {
        if (this.#hasLeft) throw new PortalError('USAGE', 'looking for the motor was given up');
        say(`looking for the motor at ${baud} baud`);
      });
      this.warnings = warning === null ? [] : [warning];
      this.#steps.settle('done');
      return;
    }
    if (this.#isChainGood) {
      this.result = { sentence: 'All six motors are set up.', path: null, backup: null, differences: [] };
      this.isOver = true;
      return;
    }
    say('looking for all six motors');
    try {
      this.warnings = await checkMotors(await this.#open(), SO101_IDS);
      this.#isChainGood = true;
    } finally {
      await this.#bus?.close();
      this.#bus = null;
    }
  }

  async #open(): Promise<FeetechBus> {
    const bus = patientBus(this.#options.openLink(), this.#options.clock);
    await bus.open(() => undefined);
    this.#bus = bus;
    return bus;
  }

  /** Reads the joints until the work is left. A reading that fails is said, and tried again until the arm counts as gone. */
  async #show(run: CalibrationRun): Promise<void> {
    let failed = 0;
    while (!this.#hasLeft) {
      try {
        this.#joints = await run.sample();
        if (failed > 0) this.#options.onTrouble(null);
        failed = 0;
        this.#options.onChange();
      } catch (thrown) {
        // Left meanwhile: the port was closed on purpose.
        if (this.#hasLeft) return;
        const error = toPortalError(thrown, 'DEVICE_FAILED');
        failed += 1;
        if (error.code === 'PORT_LOST' || failed >= MAX_FAILED_READINGS) return this.#options.onLost(error);
        if (failed === 1) this.#options.onTrouble(error);
      }
      await new Promise<void>((resolve) => this.#options.clock.after(SAMPLE_EVERY_MS, resolve));
    }
  }

  #saved({ path, backup }: Pick<SavedCalibration, 'path' | 'backup'>, sentence: string): void {
    this.result = { sentence, path, backup, differences: [] };
    this.#options.onSaved();
  }

  #ownFile(): string {
    const { kind, id, root } = this.#options;
    const file = findCalibration(kind, id, root);
    if (file !== null) return file;
    throw new PortalError('CALIBRATION_MISSING', `the ${kind} ${id} has no calibration file`, { expected: `${id}.json in ${root}`, got: 'nothing', fix: 'Calibrate the arm, or take over a file.' });
  }
}
