import type { ArmCalibrationFile, ArmResult, ArmSetupView } from '../../../shared/arm-setup.ts';
import { Listeners } from '../../../shared/listeners.ts';
import type { ArmAction } from '../../../shared/ipc.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError, toPortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';
import type { ByteLink } from '../byte-link.ts';
import type { SerialPortInfo } from '../serial-ports.ts';
import { portKey } from '../serial-ports.ts';
import { bindArm, readBindings } from './arm-bindings.ts';
import { identifyArms } from './arm-finder.ts';
import { ArmWork } from './arm-work.ts';
import { backupTime, calibrationBackups } from './calibration-file.ts';
import { listCalibrations } from './calibration-places.ts';
import { PortList } from './port-list.ts';

/** Between two looks at the ports: quick enough to be seen as an answer to plugging in. */
const LOOK_EVERY_MS = 500;

export interface ArmDeskPorts {
  clock: Clock;
  listPorts(): Promise<SerialPortInfo[]>;
  openLink(port: string, baud?: number): ByteLink;
  /** Where the app remembers arms. */
  dataDir: string;
  /** Where calibrations are, as lerobot has it. */
  root: string;
}

/**
 * Sets up arms for a window: looks for ports while its page is open, and works on one arm at a time. Actions are carried out one
 * after the other, and what goes wrong is in the view.
 */
export class ArmDesk {
  readonly #ports: ArmDeskPorts;
  readonly #listeners = new Listeners<ArmSetupView>();
  #list = new PortList();
  #isOpen = false;
  #work: ArmWork | null = null;
  #doing: string | null = null;
  #error: PortalErrorShape | null = null;
  #result: ArmResult | null = null;
  #warnings: readonly string[] = [];
  #stopLooking: () => void = () => undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ports: ArmDeskPorts) {
    this.#ports = ports;
  }

  onView(listener: (view: ArmSetupView) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Never rejects. `close` and `cancel` do not wait for what is under way to succeed, only for it to end. */
  act(action: ArmAction): Promise<ArmSetupView> {
    if (action.do === 'cancel' || action.do === 'close') this.#work?.leave();
    const turn = this.#queue.then(() => this.#carryOut(action)).then(() => this.#view());
    this.#queue = turn;
    return turn;
  }

  async close(): Promise<void> {
    await this.act({ do: 'close' });
  }

  async #carryOut(action: ArmAction): Promise<void> {
    if (action.do !== 'open') {
      this.#error = null;
      if (action.do !== 'close') {
        this.#result = null;
        this.#warnings = [];
      }
    }
    try {
      await this.#do(action);
    } catch (thrown) {
      this.#error = toPortalError(thrown, 'DEVICE_FAILED').toJSON();
    }
    this.#doing = null;
    if (this.#work?.isOver === true) await this.#endWork();
    this.#tell();
  }

  async #do(action: ArmAction): Promise<void> {
    switch (action.do) {
      case 'open':
        if (this.#isOpen) return;
        this.#isOpen = true;
        // Before the first look, which may fail: the ones after it are what a page waits for.
        this.#stopLooking = this.#ports.clock.every(LOOK_EVERY_MS, () => void this.#look().catch((thrown: unknown) => this.#failed(thrown)));
        return this.#look();
      case 'close':
        this.#isOpen = false;
        this.#stopLooking();
        this.#list = new PortList();
        this.#error = null;
        this.#result = null;
        await this.#endWork();
        this.#warnings = [];
        return;
      case 'cancel':
        return this.#endWork();
      case 'identify':
        if (this.#work !== null) return;
        this.#say('asking every port');
        this.#list.answered(await identifyArms(this.#list.ports, (path) => this.#ports.openLink(path), this.#ports.clock));
        return;
      case 'begin':
        return this.#begin(action);
      case 'next':
        return this.#here().next();
      case 'back':
        return this.#here().back();
      case 'skip':
        return this.#here().skip();
    }
  }

  async #begin({ task, kind, id, port, file }: ArmAction & { do: 'begin' }): Promise<void> {
    await this.#endWork();
    const { clock, openLink, root, dataDir } = this.#ports;
    const known = this.#list.ports.find(({ path }) => path === port);
    const work = new ArmWork({
      clock, root, kind, id: id.trim(), port, file, openLink: (baud) => openLink(port, baud),
      say: (doing) => this.#say(doing),
      onChange: () => this.#tell(),
      onTrouble: (error) => { if (this.#work === work) this.#trouble(error); },
      onLost: (error) => { if (this.#work === work) void this.#endWork().then(() => this.#trouble(error)); },
      onSaved: () => { bindArm(dataDir, { port: known === undefined ? port : portKey(known), kind, id: id.trim() }); },
    });
    this.#work = work;
    try {
      await work.begin(task);
    } catch (thrown) {
      await this.#endWork();
      throw thrown;
    }
  }

  async #endWork(): Promise<void> {
    const work = this.#work;
    this.#work = null;
    if (work === null) return;
    this.#result = work.result ?? this.#result;
    this.#warnings = work.warnings;
    await work.close();
  }

  async #look(): Promise<void> {
    if (this.#work !== null) return;
    const before = JSON.stringify(this.#list.ports);
    this.#list.look(await this.#ports.listPorts());
    if (JSON.stringify(this.#list.ports) !== before) this.#tell();
  }

  #trouble(error: PortalError | null): void {
    this.#error = error?.toJSON() ?? null;
    this.#tell();
  }

  #failed(thrown: unknown): void {
    this.#error = toPortalError(thrown, 'DEVICE_FAILED').toJSON();
    this.#tell();
  }

  #here(): ArmWork {
    if (this.#work === null) throw new PortalError('USAGE', 'no arm is being set up', { fix: 'Choose one first.' });
    return this.#work;
  }

  #say(doing: string): void {
    this.#doing = doing;
    this.#tell();
  }

  #tell(): void {
    if (!this.#isOpen) return;
    this.#listeners.tell(this.#view());
  }

  #view(): ArmSetupView {
    const work = this.#work;
    const memory = this.#remembered();
    return { doing: this.#doing, error: this.#error ?? memory.error, ports: this.#list.view(memory.bindings), calibrations: memory.calibrations, root: this.#ports.root, arm: work?.arm ?? null, motors: work?.motors ?? null, calibration: work?.calibration ?? null, confirm: work?.confirm ?? null, warnings: work?.warnings ?? this.#warnings, result: this.#result };
  }

  /** A file that cannot be read is said, and nothing is made of it. Not while an arm is worked on: that would be twenty times a second. */
  #remembered(): { bindings: ReturnType<typeof readBindings>; calibrations: ArmCalibrationFile[]; error: PortalErrorShape | null } {
    if (this.#work !== null) return { bindings: [], calibrations: [], error: null };
    try {
      return { bindings: readBindings(this.#ports.dataDir), calibrations: calibrationsWithBackups(this.#ports.root), error: null };
    } catch (thrown) {
      return { bindings: [], calibrations: [], error: toPortalError(thrown).toJSON() };
    }
  }
}

/** Each file, and behind it those that it replaced, the newest first. */
function calibrationsWithBackups(root: string): ArmCalibrationFile[] {
  return listCalibrations(root).flatMap(({ kind, id, path }) => [
    { kind, id, path, replaced: null },
    ...calibrationBackups(path).map((backup) => ({ kind, id, path: backup, replaced: backupTime(backup) ?? 'earlier' })),
  ]);
}
