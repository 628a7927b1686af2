import { armLeftInWords, type ArmLeft } from '../shared/arm-left.ts';
import type { FramePortFrame } from '../shared/console-state.ts';
import type { HostingEvent, HostingView, HostWord } from '../shared/hosting.ts';
import type { HostingAction } from '../shared/ipc.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { describeError, PortalError, toPortalError, type PortalErrorShape } from '../shared/portal/errors.ts';
import type { FrameCodec } from '../shared/portal/frame-codec.ts';
import { defaultStationConfig, parseStationYaml, type StationConfig } from '../shared/station-config.ts';
import { stationInWords } from '../shared/station-words.ts';
import { toConnection } from './console-sections.ts';
import { RememberedHostAccess, type HostAccess } from './host-access.ts';
import type { Log, RunningHost, SecretStore, StartRobotHost, StationEvent } from './ports.ts';
import { namesOfToken } from './token-names.ts';

const MAX_EVENTS = 60;
const SAID_OTHERWISE: readonly string[] = ['stop', 'clear'] satisfies HostWord[];
const REST_WORDS: readonly HostWord[] = ['rest', 'forget-rest'];
const DEFAULT_SESSION = 'demo';
/** One that hangs must not keep the page; an arm that parks on its way out takes a few seconds more. */
const LEAVE_WITHIN_MS = 10_000;
const PARK_WITHIN_MS = 20_000;

export interface HostingDeskPorts {
  clock: Clock;
  log: Log;
  /** Throws FILE_UNREADABLE. */
  readText(path: string): string;
  /** What a token says of itself; null when it is no token. */
  readToken(token: string): { identity: string; room: string } | null;
  /** The file that was chosen last, from one start of the app to the next; null = none. */
  stationFile: { load(): string | null; save(path: string | null): void };
  secrets: SecretStore;
  /** Null where this process cannot start one. */
  startHost: StartRobotHost | null;
  /** Null = pictures cannot be shown. */
  jpeg: FrameCodec | null;
}

/**
 * The page that hosts a robot on this machine: reads its station.yaml, starts and ends the robot host as a process of its own,
 * and shows what that says. The process is not this one, so that nothing here, and no page, is in the arm's loop.
 */
export class HostingDesk {
  readonly #ports: HostingDeskPorts;
  readonly #viewers = new Listeners<HostingView>();
  readonly #pictureTakers = new Listeners<FramePortFrame>();
  readonly #decoding = new Set<string>();
  #view: HostingView;
  #host: RunningHost | null = null;
  #lastEventId = 0;
  readonly #access: RememberedHostAccess;
  /** Typed, and not known to be right before it has led into the session; null = nothing to remember. */
  #typed: HostAccess | null = null;
  /** STOP was pressed before there was an arm. */
  #isStopDue = false;
  /** The host has said how it left its arm. */
  #isArmLeft = false;

  constructor(ports: HostingDeskPorts) {
    this.#ports = ports;
    this.#access = new RememberedHostAccess(ports.secrets, ports.log);
    this.#view = {
      phase: 'idle', configFile: null, plan: stationInWords(defaultStationConfig()), planError: null, session: DEFAULT_SESSION, url: null,
      error: null, encryptionTrouble: null, armLeft: null, endsWithinMs: null, joints: [], safety: null, arm: null, hasReported: false, restAnswer: '', host: null, events: [], canHost: ports.startHost !== null,
      remembered: this.#access.describe(), secretStorage: this.#access.storage,
    };
    const remembered = ports.stationFile.load();
    if (remembered !== null) this.#choose(remembered);
  }

  /** Carries out what the page asks for, and answers with the view after it. Rejects only where there is nothing to act on. */
  async act(action: HostingAction): Promise<HostingView> {
    switch (action.do) {
      case 'look':
        // The file may have been mended, moved or deleted since.
        if (this.#view.phase === 'idle') this.#choose(this.#view.configFile);
        break;
      case 'choose':
        if (this.#host !== null) break;
        this.#choose(action.configFile);
        this.#ports.stationFile.save(action.configFile);
        break;
      case 'start':
        this.#start(action);
        break;
      case 'forget-access':
        this.#access.forget();
        this.#set({ remembered: null });
        break;
      case 'stop':
        await this.#stop();
        break;
      case 'word':
        this.#say(action.word);
        break;
      case 'arm-seen':
        this.#set({ armLeft: null });
        break;
    }
    return this.#view;
  }

  onView(listener: (view: HostingView) => void): () => void {
    return this.#viewers.add(listener);
  }

  /** Small pictures for the frame port. Returns the unsubscribe. */
  onFrame(listener: (frame: FramePortFrame) => void): () => void {
    return this.#pictureTakers.add(listener);
  }

  /** Ends the host as asked: with the arm it does what its configuration says. Never rejects. */
  async close(): Promise<void> {
    await this.#stop();
  }

  #choose(configFile: string | null): void {
    try {
      const config = configFile === null ? defaultStationConfig() : parseStationYaml(this.#ports.readText(configFile), { file: configFile });
      this.#set({ configFile, plan: stationInWords(config), planError: roleError(config, configFile), session: config.session ?? DEFAULT_SESSION, error: null, phase: 'idle' });
    } catch (thrown) {
      const error = toPortalError(thrown).toJSON();
      const planError = error.code === 'FILE_UNREADABLE' ? { ...error, fix: 'Choose the file where it is now, or forget it.' } : error;
      this.#set({ configFile, plan: [], planError, error: null, phase: 'idle' });
    }
  }

  #start({ session: typed, access: asked, e2eeKey: typedKey, remember }: HostingAction & { do: 'start' }): void {
    const { startHost } = this.#ports;
    if (startHost === null) throw new PortalError('NOT_SUPPORTED', 'This program cannot start a robot host', { fix: 'Start one with: portal-console robot-host' });
    if (this.#host !== null) throw new PortalError('DEVICE_FAILED', 'A robot is hosted already', { fix: 'Stop hosting first.' });
    const { access, e2eeKey } = asked === 'remembered' ? this.#access.open() : { access: asked, e2eeKey: typedKey };
    const connection = access === null ? null : toConnection(access.url, access.auth);
    const token = connection?.kind === 'token' ? namesOfToken(this.#ports.readToken(connection.token), { session: typed, identity: '' }) : null;
    const session = token?.session ?? typed;
    // What the file says may have changed since it was looked at.
    this.#choose(this.#view.configFile);
    if (this.#view.planError !== null) return;
    this.#set({ phase: 'starting', session, url: null, error: null, encryptionTrouble: null, armLeft: null, joints: [], safety: null, arm: null, hasReported: false, restAnswer: '', host: null, events: [] });
    const host = startHost({ configFile: this.#view.configFile, session, identity: token === null || token.identity === '' ? null : token.identity, connection, e2eeKey }, {
      onEvent: (event) => {
        if (this.#host === host) this.#take(event);
      },
      onEnd: (error) => {
        // One that ends while it was asked to has done so.
        if (this.#host !== host || this.#view.phase === 'stopping') return;
        this.#guessArmLeft();
        this.#ended(error);
      },
    });
    this.#host = host;
    this.#isArmLeft = false;
    this.#typed = remember && asked !== 'remembered' ? { access, e2eeKey } : null;
  }

  async #stop(): Promise<void> {
    const host = this.#host;
    if (host === null) return;
    const withinMs = this.#view.safety?.onExit === 'park' ? PARK_WITHIN_MS : LEAVE_WITHIN_MS;
    this.#set({ phase: 'stopping', endsWithinMs: withinMs });
    const isByItself = await host.leave(withinMs);
    if (this.#host !== host) return;
    if (isByItself) this.#guessArmLeft();
    this.#ended(isByItself ? null : wasKilled(withinMs, this.#view.safety !== null));
  }

  #rememberAccess(): void {
    if (this.#typed === null) return;
    this.#access.remember(this.#typed);
    this.#typed = null;
    this.#set({ remembered: this.#access.describe() });
  }

  #say(word: HostWord): void {
    if (this.#host === null) throw new PortalError('NOT_CONNECTED', 'No robot is hosted here');
    if (REST_WORDS.includes(word)) this.#set({ restAnswer: '' });
    // Before its arm is open a host has nothing to stop, and says so: the word is not to be lost.
    if (word === 'stop' && this.#view.phase === 'starting' && this.#view.safety === null) {
      if (!this.#isStopDue) this.#note('warn', 'STOP counts as soon as the arm is there');
      this.#isStopDue = true;
    } else this.#host.say(word);
  }

  #ended(error: PortalErrorShape | null): void {
    this.#host = null;
    this.#typed = null;
    this.#isStopDue = false;
    if (error !== null) this.#note('error', describeError(error));
    this.#set({ phase: error === null ? 'idle' : 'failed', error, encryptionTrouble: null, endsWithinMs: null, url: null, host: null, arm: null });
  }

  #take(event: StationEvent): void {
    switch (event.event) {
      case 'view': {
        const { event: _name, ...host } = event;
        // Pictures and joints are there before the session is.
        return this.#set({ host });
      }
      case 'preview':
        return void this.#picture(event);
      case 'connected':
        this.#note('info', `Joined ${event.session} as ${event.identity}`);
        this.#rememberAccess();
        return this.#set({ phase: this.#view.phase === 'starting' ? 'hosting' : this.#view.phase, url: event.url });
      case 'disconnected':
        this.#note('warn', `Not in the session: ${event.reason}`);
        return this.#set({ url: null });
      case 'limits':
        if (this.#isStopDue) this.#host?.say('stop');
        this.#isStopDue = false;
        return this.#set({ joints: event.joints, safety: event.safety });
      case 'arm_left':
        return this.#armLeft({ torque: event.torque, insteadOf: event.instead_of, reason: event.reason });
      case 'metrics':
        return this.#set({ arm: event.arm, hasReported: true });
      case 'active_operator':
        return this.#note('info', event.identity === null ? 'Nobody drives' : `${event.identity} drives`);
      case 'operator_joined':
        return this.#note('info', `${event.identity} joined`);
      case 'operator_left':
        if (this.#view.encryptionTrouble?.includes(event.identity) === true) this.#set({ encryptionTrouble: null });
        return this.#note('info', `${event.identity} left`);
      case 'warning':
        if (event.tag === 'encryption-failed') this.#set({ encryptionTrouble: sentence(event.message) });
        return this.#note('warn', event.message);
      case 'error':
        return this.#note('error', describeError(event));
      case 'answer':
        if (REST_WORDS.some((word) => word === event.word)) this.#set({ restAnswer: sentence(event.text) });
        // Of STOP and its end the warnings tell, with who did it.
        return SAID_OTHERWISE.includes(event.word) ? undefined : this.#note('info', event.text);
      default:
        return undefined;
    }
  }

  #armLeft(left: ArmLeft): void {
    this.#isArmLeft = true;
    const words = armLeftInWords(left);
    if (words === null) return;
    this.#ports.log.warn(words.what, { reason: left.reason });
    this.#set({ armLeft: left });
  }

  /** One that crashed has said nothing of its arm, and holds it, whatever it was to do. */
  #guessArmLeft(): void {
    const { safety } = this.#view;
    // Before it has opened the arm, nothing has changed there.
    if (this.#isArmLeft || safety === null) return;
    this.#armLeft({ torque: 'on', insteadOf: safety.onExit === 'hold' ? null : safety.onExit, reason: 'the robot host ended without a word' });
  }

  async #picture({ camera, width, height, captured_us: timestampUs, jpeg }: StationEvent & { event: 'preview' }): Promise<void> {
    // One a camera at a time: a window that cannot keep up gets fewer.
    if (this.#ports.jpeg === null || this.#decoding.has(camera)) return;
    this.#decoding.add(camera);
    try {
      const data = await this.#ports.jpeg.decode(Buffer.from(jpeg, 'base64'), width, height);
      this.#pictureTakers.tell({ purpose: 'preview', track: camera, width, height, format: 'rgb24', data, timestampUs });
    } catch (thrown) {
      this.#ports.log.warn('a preview cannot be read', { camera, error: toPortalError(thrown).message });
    } finally {
      this.#decoding.delete(camera);
    }
  }

  #note(level: HostingEvent['level'], text: string): void {
    this.#lastEventId += 1;
    this.#set({ events: [...this.#view.events, { id: this.#lastEventId, timestampUs: Math.round(this.#ports.clock.nowUs()), level, text }].slice(-MAX_EVENTS) });
  }

  #set(changed: Partial<HostingView>): void {
    this.#view = { ...this.#view, ...changed };
    this.#viewers.tell(this.#view);
  }
}

/** Servos hold their last goal without a host; one that had not got as far as the arm has changed nothing there. */
function wasKilled(withinMs: number, hadArm: boolean): PortalErrorShape {
  return {
    code: 'DEVICE_FAILED',
    message: `The robot host did not end within ${withinMs / 1000} s and was ended by force${hadArm ? ': the arm holds where it is' : ', before it had opened the arm'}`,
    fix: `${hadArm ? 'Support the arm before you switch its power off. ' : ''}It can be hosted again at once.`,
  };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function roleError({ role }: StationConfig, file: string | null): PortalErrorShape | null {
  if (role === undefined || role === 'robot') return null;
  return { code: 'CONFIG_INVALID', message: `The file is for the role ${role}`, expected: 'robot', got: role, fix: 'Choose the file of the robot host, or remove role.', ...(file === null ? {} : { file }) };
}
