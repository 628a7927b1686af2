import { OTHER_SCHEMA, type ConsoleState, type EventLevel } from '../shared/console-state.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import type { HostState } from '../shared/portal/host-state.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { ConsoleStore } from './console-store.ts';
import { driverOf, hostStateOf, jointList, rosterList, trackList } from './console-view.ts';
import type { DriveLeader } from './drive-leader.ts';
import { EncryptionTrouble } from './encryption-trouble.ts';
import type { EventLog } from './event-log.ts';
import type { HealthMeters } from './health.ts';
import type { PictureRoute } from './picture-route.ts';
import type { StationPorts } from './ports.ts';
import { WarningFilter } from './warning-filter.ts';

/** Without a state for this long the robot counts as not heard: the room itself takes up to 20 s to notice. */
const SILENT_US = 1_000_000;

export interface PictureSources {
  operator: Operator;
  portal: PortalConfig;
  health: HealthMeters;
  leader: DriveLeader;
  ports: StationPorts;
  store: ConsoleStore;
  log: EventLog;
  route: PictureRoute;
  /** What of the session does not change while it lasts. */
  session: { name: string; identity: string; encrypted: boolean; simulated: boolean };
}

/** What the window is shown of a session: takes it from the operator and puts it into the store, section by section. */
export class SessionPicture {
  readonly #from: PictureSources;
  #url: string | null = null;
  #lastStateUs: number | null = null;
  #robotSinceUs = 0;
  #isSilent = false;
  /** A packet of another schema came, and no readable state since. */
  #sawOtherSchema = false;
  readonly #warnings: WarningFilter;
  readonly #trouble: EncryptionTrouble;

  constructor(sources: PictureSources) {
    this.#from = sources;
    this.#trouble = new EncryptionTrouble(sources.ports.clock);
    this.#warnings = new WarningFilter(sources.ports.clock);
  }

  warned(tag: string, message: string, count: number): void {
    if (tag === 'schema-mismatch') this.#sawOtherSchema = true;
    if (tag === 'encryption-failed') {
      this.#trouble.warned(message);
      this.all();
    }
    if (this.passes(tag)) this.say('warn', tag, message, count);
  }

  /** Whether a warning is worth a line. */
  passes(tag: string): boolean {
    return this.#warnings.passes(tag);
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  connected(url: string): void {
    this.#url = url;
    this.robotJoined();
    this.#from.store.set({ phase: 'connected', error: null });
    this.all();
  }

  lost(): void {
    this.#url = null;
    this.#from.store.set({ phase: 'reconnecting' });
    this.driver();
  }

  /** From now on it has to be heard of. */
  robotJoined(): void {
    this.#lastStateUs = null;
    this.#sawOtherSchema = false;
    this.#trouble.robotJoined();
    this.#robotSinceUs = this.#from.ports.clock.nowUs();
    this.#warnings.begins();
  }

  stateArrived(nowUs: number): void {
    this.#lastStateUs = nowUs;
    this.#sawOtherSchema = false;
    if (this.#trouble.stateArrived()) this.all();
    else if (this.#isSilent) this.host();
  }

  all(): void {
    const { portal, operator, store, leader, session, route } = this.#from;
    const { hostDescription } = store.state;
    store.set({
      session: { ...session, hasLiveView: route.hasLiveView, url: this.#url ?? store.state.session?.url ?? '', identity: operator.localIdentity ?? session.identity, robotIdentity: operator.robotIdentity, encryptionTrouble: this.#trouble.of(operator.robotIdentity) },
      joints: jointList(portal, hostDescription),
      tracks: trackList(portal, hostDescription),
      leader: leader.info,
    });
    this.driver();
  }

  driver(): void {
    const { operator, store, health, ports } = this.#from;
    const { localIdentity, activeOperator } = operator;
    const { driver } = store.state;
    store.set({ driver: driverOf(localIdentity, activeOperator, driver, ports.clock.nowUs()) });
    if (driver.identity !== activeOperator) health.driverChanged();
    this.host();
    this.roster();
  }

  host(): void {
    const { operator, ports, store } = this.#from;
    const nowUs = ports.clock.nowUs();
    const { robotIdentity, hostState, activeOperator } = operator;
    // A host of ours sends states all the time; another robot may have nothing to say before its first one.
    const heardUs = this.#lastStateUs ?? (hostState === null ? null : this.#robotSinceUs);
    const silentSinceUs = heardUs !== null && nowUs - heardUs > SILENT_US ? heardUs : null;
    const isHeard = this.#lastStateUs !== null && nowUs - this.#lastStateUs <= SILENT_US;
    const unreadable = isHeard ? null : (this.#trouble.of(robotIdentity) ?? (this.#sawOtherSchema ? OTHER_SCHEMA : null));
    const wasSilent = this.#isSilent;
    this.#isSilent = silentSinceUs !== null && robotIdentity !== null && unreadable === null;
    if (this.#isSilent && !wasSilent) this.say('error', 'robot-silent', `Nothing is heard of ${robotIdentity ?? 'the robot'}`);
    if (!this.#isSilent && wasSilent && robotIdentity !== null) this.say('info', 'robot-silent', `${robotIdentity} is heard again`);
    const before = store.state.host;
    store.set({
      host: this.#url === null ? noConnection(before, nowUs) : hostStateOf({ robot: robotIdentity, told: hostState, driver: activeOperator, silentSinceUs, unreadable, before, nowUs }),
    });
  }

  /** Its own word changed. */
  hostSpoke(state: HostState | null): void {
    this.host();
    if (state?.word === 'STOPPED') this.say('error', 'safety', `STOPPED ${state.reason}`);
    else if (state?.word === 'HOLDING') this.say(this.#from.operator.activeOperator === null ? 'info' : 'warn', 'safety', `HOLDING: ${state.reason}`);
  }

  leader(): void {
    this.#from.store.set({ leader: this.#from.leader.info });
  }

  roster(): void {
    this.#from.store.set({ roster: this.#rosterNow() });
  }

  /** What changes all the time, a few times a second. */
  figures(): void {
    const { operator, health, store, leader, ports } = this.#from;
    const metrics = operator.metrics();
    this.host();
    store.setSoon({ metrics, health: health.health(metrics, ports.clock.nowUs()), roster: this.#rosterNow(), leader: leader.info });
  }

  say(level: EventLevel, tag: string, text: string, count = 1): void {
    const { log, store, ports } = this.#from;
    log.add(level, tag, text, ports.clock.nowUs(), count);
    store.set({ events: log.events });
  }

  #rosterNow(): ConsoleState['roster'] {
    const { operator, health, ports } = this.#from;
    const { localIdentity, robotIdentity, operators, activeOperator } = operator;
    const nowUs = ports.clock.nowUs();
    return rosterList({
      me: localIdentity,
      robot: robotIdentity,
      operators,
      driver: activeOperator,
      rate: (identity, role) => (role === 'robot' ? health.states.perS(nowUs) : health.actionsPerS(identity, nowUs)),
    });
  }
}

function noConnection(before: HostState, nowUs: number): HostState {
  return before.word === 'DISCONNECTED' && before.reason === 'no connection' ? before : { word: 'DISCONNECTED', reason: 'no connection', sinceUs: nowUs };
}
