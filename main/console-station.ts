import { randomUUID } from 'node:crypto';
import type { ConsoleState, FramePortFrame, SetupStep } from '../shared/console-state.ts';
import { Listeners } from '../shared/listeners.ts';
import type { CommandPayload, ConsolePushes, ReportHandlers } from '../shared/ipc.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import { builtinPortalConfig } from './builtin-schema.ts';
import { emptySections, toConnection } from './console-sections.ts';
import type { ConsoleService } from './console-service.ts';
import { ConsoleSession, type ConsoleSessionOptions } from './console-session.ts';
import { ConsoleStore } from './console-store.ts';
import { EventLog } from './event-log.ts';
import { LeaderDesk } from './leader-desk.ts';
import type { StationPorts } from './ports.ts';
import { readPortal } from './profiles.ts';
import { RememberedSessions } from './remembered-sessions.ts';
import type { StationSettings } from './settings.ts';
import { namesOfToken } from './token-names.ts';

type Auth = CommandPayload<'join'>['auth'];
type Push = { [Name in keyof ConsolePushes]: Listeners<ConsolePushes[Name]> };

/** How long the simulated robot may take until it is in the session. */
const ROBOT_WAIT_MS = 20_000;

/** The console role: owns the state the window mirrors, and carries out what the window asks for. */
export class ConsoleStation implements ConsoleService {
  readonly handlers: ConsoleService['handlers'];
  readonly reports: ReportHandlers;
  readonly #settings: StationSettings;
  readonly #ports: StationPorts;
  readonly #store: ConsoleStore;
  readonly #log = new EventLog();
  readonly #recents: RememberedSessions;
  readonly #leaders: LeaderDesk;
  readonly #push: Push = { patch: new Listeners(), telemetry: new Listeners(), observation: new Listeners() };
  readonly #frames = new Listeners<FramePortFrame>();
  #session: ConsoleSession | null = null;
  /** What was started for the present session and ends with it, newest last. */
  #helpers: { stop(): Promise<void> }[] = [];
  /** Raised by every join and leave: a connect that is under way sees that it is no longer wanted. */
  #attempt = 0;
  /** Of the present attempt: ends what it is starting. */
  #cancel = new AbortController();

  constructor(settings: StationSettings, ports: StationPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#recents = new RememberedSessions(ports);
    this.#leaders = new LeaderDesk(settings.operator.choice, ports, (leaderOffers) => this.#store.set({ leaderOffers }));
    this.#store = new ConsoleStore(this.#initialState(), ports.clock, (patch) => this.#emit('patch', patch));
    this.handlers = {
      getState: () => Promise.resolve(this.#store.state),
      trySimulated: () => this.#trySimulated(),
      join: (payload) => this.#joinTyped(payload),
      joinRecent: ({ id }) => this.#joinRecent(id),
      forgetRecent: async ({ id }) => this.#store.set({ recent: this.#recents.forget(id) }),
      leave: () => this.#leave(),
      takeControl: async () => this.#here().control.take(),
      giveControl: async ({ identity }) => this.#here().control.give(identity),
      clearControl: async () => this.#here().control.give(null),
      stop: async () => this.#here().control.stop(),
      clearStop: async () => this.#here().control.clearStop(),
      setLeaderJoint: async ({ joint, value }) => this.#here().moveLeader(joint, value),
      chooseLeader: async (choice) => {
        this.#store.set({ leaderChoice: this.#leaders.choose(choice) });
        await this.#session?.leader.choose(choice);
      },
      watchLeaderOffers: async ({ open }) => this.#leaders.watchOffers(open),
      engageLeader: async () => this.#here().leader.ask(),
      callMethod: async ({ method, payload }) => this.#here().calls.call(method, payload),
      resetMetrics: async () => this.#here().resetMetrics(),
      clearEvents: async () => {
        this.#log.clear();
        this.#store.set({ events: [] });
      },
      liveView: async () => (this.#session === null ? null : this.#session.route.liveView()),
      setInspector: async ({ open }) => this.#session?.route.setInspector(open),
    };
    this.reports = { framesPresented: (frames) => this.#session?.framesPresented(frames), liveViewFailed: () => this.#session?.liveViewFailed(), leaderInput: ({ source, isHeld, ...input }) => this.#session?.leader.input(source, input, isHeld) };
  }

  onPush<Name extends keyof ConsolePushes>(name: Name, listener: (payload: ConsolePushes[Name]) => void): () => void {
    return this.#push[name].add(listener);
  }

  onFrame(listener: (frame: FramePortFrame) => void): () => void {
    return this.#frames.add(listener);
  }

  /** Joins when the command line says so; the window is there from the start and shows how it goes. */
  start(): Promise<void> {
    const { joinsAtStart, session, identity, connection, portal, e2eeKey } = this.#settings;
    if (joinsAtStart) {
      // A failure is in the state, on the start screen, and in the event that was written.
      void this.#join({ session, identity, connection, portal, e2eeKey, simulated: false }, [step(`Joining ${session}`)]).catch(() => undefined);
    }
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#giveUp();
    this.#leaders.watchOffers(false);
    await this.#closeSession();
    this.#store.close();
  }

  async #trySimulated(): Promise<void> {
    const start = this.#ports.startSimulatedRobot;
    if (start === null) throw new PortalError('NOT_SUPPORTED', 'This program cannot start a simulated robot', { fix: 'Start one with: portal-console robot-host' });
    const attempt = await this.#begin([step('Starting a LiveKit server on this machine')]);
    const { signal } = this.#cancel;
    const session = `simulation-${randomUUID().slice(0, 8)}`;
    const { identity } = this.#settings;
    try {
      const server = await this.#ports.useLocalServer();
      await this.#keep(attempt, server);
      this.#step('Starting a robot with a simulated arm');
      const { url, apiKey, apiSecret } = server;
      await this.#keep(attempt, await start({ url, apiKey, apiSecret, session, identity: 'robot', supervisors: [identity], signal }));
      this.#step(`Joining ${session}`);
      const cameras = this.#settings.robot.cameras.map((camera) => camera.name);
      await this.#open(attempt, { session, identity, connection: { kind: 'key', url, apiKey, apiSecret }, portal: builtinPortalConfig(session, cameras), e2eeKey: this.#settings.e2eeKey, simulated: true });
    } catch (thrown) {
      throw await this.#failed(attempt, thrown);
    }
  }

  async #joinTyped({ url, session, identity, auth, e2eeKey, portalFile, remember }: CommandPayload<'join'>): Promise<void> {
    const names = this.#namesOf(auth, session, identity);
    const portal = this.#portal(names.session, portalFile);
    await this.#join({ ...names, connection: toConnection(url, auth), portal, e2eeKey: e2eeKey ?? this.#settings.e2eeKey, simulated: false }, [step(`Joining ${names.session}`)]);
    if (remember) this.#store.set({ recent: this.#recents.remember({ url, ...names, auth, e2eeKey, portalFile }) });
  }

  async #joinRecent(id: string): Promise<void> {
    await this.#joinTyped({ ...this.#recents.open(id), remember: true });
  }

  #namesOf(auth: Auth, session: string, identity: string): { session: string; identity: string } {
    return auth.kind === 'token' ? namesOfToken(this.#ports.readToken(auth.token), { session, identity }) : { session, identity };
  }

  #portal(session: string, file: string | null): ConsoleSessionOptions['portal'] {
    if (file !== null) return readPortal(file, session, this.#ports.readText);
    if (this.#settings.portalFile !== null) return { ...this.#settings.portal, session };
    return builtinPortalConfig(session, this.#settings.robot.cameras.map((camera) => camera.name));
  }

  async #join(place: SessionPlace, steps: SetupStep[]): Promise<void> {
    const attempt = await this.#begin(steps);
    try {
      await this.#open(attempt, place);
    } catch (thrown) {
      throw await this.#failed(attempt, thrown);
    }
  }

  async #begin(steps: SetupStep[]): Promise<number> {
    const attempt = this.#giveUp();
    await this.#closeSession();
    this.#store.set({ phase: 'connecting', setup: steps, error: null });
    return attempt;
  }

  async #open(attempt: number, place: SessionPlace): Promise<void> {
    this.#mustBeWanted(attempt);
    const { operator } = this.#settings;
    const session = new ConsoleSession(
      { ...place, robotIdentity: operator.robotIdentity, leader: { ...operator, choice: this.#leaders.choice } },
      this.#ports,
      this.#store,
      this.#log,
      {
        onTelemetry: (telemetry) => this.#emit('telemetry', telemetry),
        onObservation: (view) => this.#emit('observation', view),
        onFrame: (frame) => this.#frames.tell(frame),
        onEnded: (error) => {
          if (this.#session === session) void this.#failed(this.#attempt, error);
        },
      },
    );
    this.#session = session;
    await session.start();
    this.#mustBeWanted(attempt);
    this.#store.set({ setup: this.#store.state.setup.map((one) => ({ ...one, status: 'done' })) });
    if (place.simulated) await this.#untilRobot(attempt, session);
  }

  /** The window opens at once; this only tells when the simulated robot does not come. */
  #untilRobot(attempt: number, session: ConsoleSession): Promise<void> {
    this.#ports.clock.after(ROBOT_WAIT_MS, () => {
      if (attempt !== this.#attempt || session.hasRobot) return;
      this.#log.add('error', 'session', 'The simulated robot did not join', this.#ports.clock.nowUs());
      this.#store.set({ events: this.#log.events });
    });
    return Promise.resolve();
  }

  #mustBeWanted(attempt: number): void {
    if (attempt !== this.#attempt) throw new PortalError('DISCONNECTED', 'Connecting was cancelled');
  }

  /** What was started for an attempt that was given up meanwhile ends at once: nobody else would end it. */
  async #keep(attempt: number, helper: { stop(): Promise<void> }): Promise<void> {
    if (attempt === this.#attempt) this.#helpers.push(helper);
    else await helper.stop();
    this.#mustBeWanted(attempt);
  }

  /** Back to the start screen with the error; a cancelled attempt leaves the state to whoever cancelled it. */
  async #failed(attempt: number, thrown: unknown): Promise<PortalError> {
    const error = toPortalError(thrown);
    if (attempt !== this.#attempt) return error;
    const setup = this.#store.state.setup.map((one) => (one.status === 'running' ? { ...one, status: 'failed' as const } : one));
    this.#ports.output.event({ event: 'error', ...error.toJSON() });
    await this.#closeSession();
    if (attempt === this.#attempt) this.#store.set({ phase: 'failed', setup, error: error.toJSON() });
    return error;
  }

  /** Of whatever is under way. The number of the next attempt. */
  #giveUp(): number {
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.#attempt += 1;
    return this.#attempt;
  }

  async #leave(): Promise<void> {
    this.#giveUp();
    await this.#closeSession();
    this.#store.set({ phase: 'start', setup: [], error: null });
  }

  async #closeSession(): Promise<void> {
    const session = this.#session;
    const helpers = this.#helpers.splice(0).reverse();
    this.#session = null;
    await session?.stop();
    for (const helper of helpers) {
      await helper.stop().catch((thrown: unknown) => this.#ports.log.warn('stopping failed', { error: toPortalError(thrown).message }));
    }
    if (session !== null) this.#store.set(emptySections(this.#ports.clock.nowUs()));
  }

  #step(text: string): void {
    const setup = this.#store.state.setup.map((one) => ({ ...one, status: 'done' as const }));
    this.#store.set({ setup: [...setup, step(text)] });
  }

  #here(): ConsoleSession {
    if (this.#session === null) throw new PortalError('NOT_CONNECTED', 'There is no session', { fix: 'Join one first.' });
    return this.#session;
  }

  #emit<Name extends keyof ConsolePushes>(name: Name, payload: ConsolePushes[Name]): void {
    this.#push[name].tell(payload);
  }

  #initialState(): ConsoleState {
    const { appVersion, secrets } = this.#ports;
    return {
      revision: 0,
      appVersion,
      phase: 'start',
      setup: [],
      error: null,
      ...emptySections(this.#ports.clock.nowUs()),
      ...this.#leaders.sections,
      events: [],
      recent: this.#recents.list,
      secretStorage: secrets.kind,
    };
  }
}

type SessionPlace = Pick<ConsoleSessionOptions, 'session' | 'identity' | 'connection' | 'portal' | 'e2eeKey' | 'simulated'>;

function step(text: string): SetupStep {
  return { text, status: 'running' };
}
