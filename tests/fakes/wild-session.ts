import { So101Follower } from '../../main/devices/feetech/so101-follower.ts';
import { toSteps } from '../../main/devices/feetech/normalise.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { createStation, type Station } from '../../main/station.ts';
import type { StationFigures } from '../../main/metrics-text.ts';
import type { StationEvent } from '../../main/ports.ts';
import { LoopbackRoom } from '../../main/transport/loopback-room.ts';
import type { Clock } from '../../shared/portal/clock.ts';
import { ATTRIBUTE, RPC_METHOD, TOPIC } from '../../shared/portal/names.ts';
import { actionLayout, chunkLayout } from '../../shared/portal/packet-layout.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import type { DataPacket } from '../../shared/portal/transport.ts';
import { decodeAction, decodeChunk } from '../../shared/portal/wire.ts';
import { StationBench } from '../unit/main/loopback-ports.ts';
import { GoalWatch, type Permission, type Region } from './goal-watch.ts';
import type { SeededRandom } from './seeded-random.ts';
import { TappedTransport } from './tapped-transport.ts';
import { WildOperator } from './wild-operator.ts';
import type { WildWorld } from './wild-world.ts';

const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const FPS = 25;
const ROWS = 16;
const PORTAL = `version: 1\nfps: ${FPS}\nstate:\n${FIELDS}\naction:\n${FIELDS}\naction_chunks:\n  - name: policy\n    horizon: ${ROWS}\n    fields:\n${FIELDS.replaceAll('  - ', '      - ')}\n`;
const CONFIG = parsePortalYaml(PORTAL, { session: 's' });
const LAYOUT = actionLayout(CONFIG.action);
const CHUNK = chunkLayout(CONFIG.actionChunks[0] ?? { name: 'policy', horizon: ROWS, fields: CONFIG.action });

/** Joint that tells whose commands the arm follows: each operator has a region of its own, degrees. Eve may never drive. */
const ROLL = 4;
const REGIONS: Readonly<Record<string, readonly [number, number]>> = { ann: [20, 40], bob: [-40, -20], eve: [110, 130] };
/** Joint that tells of commands that must not be executed: acceptable ones stay within. */
const ELBOW = 2;
const ELBOW_REGION = [-40, 60] as const;
const FORBIDDEN_ELBOW = -85;
/** What the smallest delay seen may be above the true one: packets that were sent again. */
const CLOCK_SLACK_US = 250_000;

export interface WildOutcome {
  violations: readonly string[];
  moves: number;
  figures: StationFigures;
}

/** One robot host with a byte-true arm, operators that do what they should not, and a network that fails, in time of its own. */
export class WildSession {
  readonly #random: SeededRandom;
  readonly #world: WildWorld;
  readonly #clock: Clock;
  readonly #room: LoopbackRoom;
  readonly #arm: WildWorld['arm'];
  readonly #watch: GoalWatch;
  readonly #operators: readonly WildOperator[];
  readonly #targets = new Map<string, number[]>();
  readonly #tickMs: number;
  readonly #holdAfterMs: number;
  #station: Station | null = null;
  #read: () => StationFigures = () => { throw new Error('not started'); };
  #driver: string | null = null;
  #isIn = false;
  #mayMove = false;
  #acceptedUs = 0;
  #changedUs = 0;
  /** The arm moves by itself, or may be about to until then: the host says so after its first step. */
  #isOnErrand = false;
  #errandUs = 0;
  readonly #packetsHeard = new Map<string, number>();
  #healAt = new Map<string, { atUs: number; heal: () => void }>();

  constructor(random: SeededRandom, world: WildWorld) {
    this.#random = random;
    this.#world = world;
    this.#clock = world.clock;
    this.#arm = world.arm;
    const delayMs = random.integer(0, 20);
    this.#room = new LoopbackRoom({ clock: this.#clock, conditions: { delayMs, jitterMs: random.integer(0, 20), loss: random.pick([0, 0, 0.05, 0.2]), seed: random.integer(1, 1e9) } });
    this.#tickMs = random.pick([5, 10, 10, 10, 20, 20]);
    this.#holdAfterMs = random.pick([100, 300, 300, 300, 700]);
    const slew = random.pick([30, 150, 150, 400]);
    const ranges = this.#arm.joints.map(({ id, calibration }) => ({ id, min: calibration.rangeMin, max: calibration.rangeMax }));
    this.#watch = new GoalWatch(this.#arm.sim, ranges, slew, () => this.#permission(), world);
    this.#operators = ['ann', 'bob', 'eve'].map((name) => new WildOperator(this.#room, name, LAYOUT, random.integer(-3600, 3600) * 1_000_000));
    this.#safety = `{ hold_after_ms: ${this.#holdAfterMs}, slew_percent_per_s: ${slew}, align_ms: ${random.pick([100, 400, 1500])}, align: ${random.pick(['ramp', 'ramp', 'ramp', 'refuse'])}, max_relative_target: ${random.pick(['null', 'null', '15'])} }`;
  }

  readonly #safety: string;

  async run(ms: number): Promise<WildOutcome> {
    await this.#start();
    for (const operator of this.#operators) operator.join();
    await this.#pass(60);
    if (this.#random.chance(0.9)) this.#operators[0]?.claim();
    for (let atMs = 0; atMs < ms; atMs += this.#tickMs) {
      for (const operator of this.#operators) this.#stream(operator);
      if (this.#random.chance(0.06)) this.#happen();
      await this.#pass(this.#tickMs);
    }
    const figures = this.#read();
    const stopping = this.#station?.stop();
    await this.#pass(300);
    await stopping;
    this.#room.close();
    return { violations: this.#watch.violations, moves: this.#watch.moves, figures };
  }

  async #start(): Promise<void> {
    const bench = new StationBench();
    bench.files.set('p.yaml', PORTAL);
    bench.files.set('s.yaml', `safety: ${this.#safety}\ncontrol_hz: ${1000 / this.#tickMs}\nmetrics_port: 1\nclaim: { identities: [ann, bob], supervisors: [sue] }\n`);
    const transport = new TappedTransport(this.#room, 'unused');
    transport.onHostState = ({ task }) => {
      if (this.#isOnErrand && task === undefined) {
        this.#watch.handOver();
        this.#changedUs = this.#clock.nowUs();
      }
      this.#isOnErrand = task !== undefined;
    };
    transport.onHeard = (packet) => { this.#heard(packet); };
    const { ports } = bench.ports({
      clock: this.#clock,
      output: { event: (event) => { this.#announced(event); }, status: () => undefined, note: () => undefined },
      createTransport: () => transport,
      mintToken: ({ identity }) => Promise.resolve(this.#room.token(identity, { attributes: { [ATTRIBUTE.role]: 'robot' } })),
      useLocalServer: () => Promise.resolve({ url: this.#room.url, apiKey: 'key', apiSecret: 'secret', stop: () => Promise.resolve() }),
      openMetricsEndpoint: (port, read) => {
        this.#read = read;
        return Promise.resolve({ url: '', port, close: () => Promise.resolve() });
      },
    });
    ports.devices = { ...ports.devices, follower: () => new So101Follower(this.#arm.bus, this.#arm.joints, 'arm.json', this.#clock) };
    this.#station = createStation(bench.settings(['robot-host', '--session', 's', '--portal', 'p.yaml', '--config', 's.yaml']), ports);
    const starting = this.#station.start();
    await this.#pass(300);
    await starting;
  }

  /** Lets time pass, with everything that follows from each tick. */
  async #pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += this.#tickMs) {
      await this.#world.pass(this.#tickMs);
      for (const [name, { atUs, heal }] of this.#healAt) {
        if (this.#clock.nowUs() < atUs) continue;
        this.#healAt.delete(name);
        heal();
      }
    }
  }

  /** What every operator sends all the time, whether it drives or not. */
  #stream(operator: WildOperator): void {
    const random = this.#random;
    if (!operator.isHere || random.chance(0.1)) return;
    const nowUs = this.#clock.nowUs();
    const target = this.#targets.get(operator.identity) ?? this.#somewhere(operator.identity);
    this.#targets.set(operator.identity, target);
    for (let joint = 0; joint < target.length; joint += 1) if (joint !== ROLL && joint !== ELBOW) target[joint] = (target[joint] ?? 0) + (random.next() - 0.5) * 4;
    const cut = this.#healAt.get(`cut ${operator.identity}`);
    const pose = [...target];
    // By the time that it gets through it is history.
    if (cut !== undefined && cut.atUs - nowUs > 150_000 + CLOCK_SLACK_US) pose[ELBOW] = FORBIDDEN_ELBOW;
    operator.act(pose, nowUs, random.chance(0.5));
  }

  #somewhere(identity: string): number[] {
    const random = this.#random;
    const [low, high] = REGIONS[identity] ?? [0, 0];
    return SO101_JOINTS.map((_, joint) => {
      if (joint === ROLL) return low + random.next() * (high - low);
      if (joint === ELBOW) return ELBOW_REGION[0] + random.next() * (ELBOW_REGION[1] - ELBOW_REGION[0]);
      return random.chance(0.1) ? random.pick([1e30, -1e30, 500, -500]) : (random.next() - 0.5) * 160;
    });
  }

  #happen(): void {
    const random = this.#random;
    const operator = random.pick(this.#operators);
    const other = random.pick(this.#operators);
    const nowUs = this.#clock.nowUs();
    const isKnown = (this.#packetsHeard.get(operator.identity) ?? 0) > 5;
    const forbidden = this.#somewhere(operator.identity).map((value, joint) => (joint === ELBOW ? FORBIDDEN_ELBOW : value));
    const servo = random.pick(this.#arm.sim.servos);
    const { faults } = this.#arm.sim;
    const later = (name: string, ms: number, heal: () => void): void => { if (!this.#healAt.has(name)) this.#healAt.set(name, { atUs: nowUs + ms * 1000, heal }); };
    const events: (() => void)[] = [
      () => operator.claim(), () => operator.claim(), () => operator.claim(), () => operator.claim(), () => operator.claim(other.identity), () => operator.claim(''),
      () => this.#targets.set(operator.identity, this.#somewhere(operator.identity)),
      () => this.#targets.set(operator.identity, this.#somewhere(operator.identity)),
      () => {
        if (!operator.isHere || !isKnown || this.#healAt.has(`cut ${operator.identity}`)) return;
        this.#room.cut(operator.identity);
        later(`cut ${operator.identity}`, random.integer(50, 1500), () => { if (operator.isHere) this.#room.restore(operator.identity); });
      },
      () => { if (!this.#healAt.has(`cut ${operator.identity}`)) { operator.leave(); later(`away ${operator.identity}`, random.integer(0, 400), () => { operator.join(); }); } },
      // Of the one who drives, or it would be refused for that.
      ...[1, 2, 3].map(() => () => this.#operators.find(({ identity }) => identity === this.#driver)?.act(forbidden.with(random.integer(0, 5), random.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])), nowUs, true)),
      () => { if (isKnown) operator.act(forbidden, nowUs - random.integer(1, 3600) * 1_000_000, true); },
      () => { if (isKnown) operator.act(forbidden, nowUs + random.integer(1, 3600) * 1_000_000, true); },
      () => { for (const packet of operator.sent.slice(0, 50)) operator.bytes(packet, true); },
      () => { for (let n = 0; n < 100; n += 1) operator.act(this.#targets.get(operator.identity) ?? forbidden, nowUs - n, random.chance(0.5)); },
      () => operator.bytes(Uint8Array.from({ length: random.integer(0, 80) }, () => random.integer(0, 255)), true),
      () => operator.bytes((other.sent.at(-1) ?? new Uint8Array(3)).map((byte, at) => (at < 4 ? byte ^ 1 : byte)), true),
      () => operator.chunk(CHUNK, this.#rows(operator.identity), nowUs),
      () => operator.chunk(CHUNK, this.#rows(operator.identity), nowUs),
      () => {
        operator.call('home', '');
        this.#errandUs = nowUs + 300_000;
      },
      () => operator.call(RPC_METHOD.stop, 'test'),
      () => void this.#station?.command('clear'),
      () => this.#world.step(random.integer(150, 900)),
      () => this.#world.step(-random.integer(1, 2000)),
      () => { faults.dropNext = random.integer(1, 4); },
      () => { faults.corruptNext = random.integer(1, 4); },
      () => { faults.silent.add(servo.id); later(`silent ${servo.id}`, random.integer(50, 900), () => faults.silent.delete(servo.id)); },
      () => { servo.trip(); later(`trip ${servo.id}`, 200, () => { for (const torque of [0, 1]) servo.write(REGISTER.torqueEnable.address, Uint8Array.of(torque), this.#clock.nowUs()); }); },
      () => { servo.powerCycle(nowUs); later('rearm', random.integer(100, 500), () => void this.#station?.command('rearm')); },
      () => { servo.isJammed = true; later(`jam ${servo.id}`, 300, () => { servo.isJammed = false; }); },
      () => { if (random.chance(0.3)) { this.#world.unplug(); later('plug', random.integer(100, 600), () => { this.#world.plugIn(); }); } },
      () => { if (this.#isIn && random.chance(0.3)) this.#room.end('robot', 'connection-lost'); },
    ];
    random.pick(events)();
  }

  #rows(identity: string): Record<string, number[]> {
    const from = this.#targets.get(identity) ?? this.#somewhere(identity);
    return Object.fromEntries(SO101_JOINTS.map(({ name }, joint) => [name, Array.from({ length: ROWS }, (_, row) => (from[joint] ?? 0) + (joint === ROLL || joint === ELBOW ? 0 : row))]));
  }

  /** What the host says of itself: who drives is taken from it, for a claim is granted there and nowhere else. */
  #announced(event: StationEvent): void {
    if (event.event !== 'metrics') this.#changedUs = this.#clock.nowUs();
    if (event.event === 'active_operator') this.#change(event.identity, true);
    if (event.event === 'connected') this.#isIn = true;
    if (event.event === 'disconnected') this.#isIn = false;
    if (event.event === 'warning' && event.tag === 'stop') this.#mayMove = false;
  }

  #change(driver: string | null, isClaim: boolean): void {
    this.#driver = driver;
    this.#mayMove = isClaim;
    this.#acceptedUs = 0;
    this.#watch.handOver();
  }

  /** A packet at the robot's door: whether it could be acceptable, by the sender's true clock. */
  #heard({ topic, payloadBorrow, from }: DataPacket): void {
    const operator = this.#operators.find(({ identity }) => identity === from?.identity);
    if (operator === undefined) return;
    this.#packetsHeard.set(operator.identity, (this.#packetsHeard.get(operator.identity) ?? 0) + 1);
    if (operator.identity !== this.#driver) return;
    const nowUs = this.#clock.nowUs();
    if (topic === TOPIC.action) {
      const action = decodeAction(LAYOUT, payloadBorrow);
      if (!action.ok || !Object.values(action.values).every((value) => Number.isFinite(Number(value)))) return;
      const ageUs = nowUs - (action.timestampUs - operator.aheadUs);
      if (ageUs <= 150_000 + CLOCK_SLACK_US) this.#acceptedUs = Math.max(this.#acceptedUs, nowUs);
    } else if (topic === TOPIC.actionChunk) {
      if (decodeChunk(CHUNK, payloadBorrow).ok) this.#acceptedUs = Math.max(this.#acceptedUs, nowUs + ((ROWS + 1) * 1_000_000) / FPS);
    }
  }

  #permission(): Permission {
    if (this.#isOnErrand || this.#clock.nowUs() < this.#errandUs) return { region: new Map(), untilUs: null, sinceUs: this.#changedUs };
    if (!this.#isIn || !this.#mayMove || this.#driver === null) return { region: null, untilUs: null, sinceUs: this.#changedUs };
    return { region: this.#regionOf(this.#driver), untilUs: this.#acceptedUs + (this.#holdAfterMs + this.#tickMs) * 1000, sinceUs: this.#changedUs };
  }

  #regionOf(identity: string): Region {
    const steps = (joint: number, [low, high]: readonly [number, number]): { low: number; high: number } => {
      const { norm, calibration } = this.#arm.joints[joint] ?? (() => { throw new Error('no joint'); })();
      return { low: toSteps(low, norm, calibration), high: toSteps(high, norm, calibration) };
    };
    return new Map([[ROLL + 1, steps(ROLL, REGIONS[identity] ?? [0, 0])], [ELBOW + 1, steps(ELBOW, ELBOW_REGION)]]);
  }
}
