import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from 'playwright/test';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { startLocalServer, type LocalServer } from '../../main/server/local-server.ts';
import { systemClock } from '../../main/system-clock.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { makeFilm, type FilmFolder } from '../fakes/film-pictures.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { startHeadless, type AppProcess } from './app-process.ts';
import { openConsole, resizeWindow, type ConsoleWindow } from './console-window.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

const SESSION = 'arms';
const FIELDS = SO101_JOINTS.map(({ name }) => `{ name: ${name}, dtype: f32 }`).join(', ');
/** Chromium's own, instead of a real webcam. */
const FAKE_WEBCAMS = '--use-fake-device-for-media-stream=device-count=1';
const PORTAL = `version: 1\nfps: 20\nvideos: [{ name: front, codec: h264 }, { name: wrist, codec: h264 }]\nstate: [${FIELDS}]\naction: [${FIELDS}]\n`;

/** Long enough for a button that is there. */
const LOOK_MS = 500;

/** A leader and a follower on a simulated bus each, a server, a robot host with a webcam and a program as cameras, and a console: everything real but servos and pictures. */
export class LeaderBench {
  leader: SimulatedArm;
  readonly follower: SimulatedArm;
  /** The leader's port, as a name that stays when it is plugged in again. */
  readonly leaderPort: string;
  readonly #folder: TestFolder = makeTestFolder();
  readonly #server: LocalServer;
  #host: AppProcess | null = null;
  #console: ConsoleWindow | null = null;

  readonly #film: FilmFolder;

  private constructor(server: LocalServer, film: FilmFolder) {
    this.#server = server;
    this.#film = film;
    this.leader = simulatedArm('leader', systemClock);
    this.follower = simulatedArm('follower', systemClock);
    this.leaderPort = join(this.#folder.path, 'leader-port');
    symlinkSync(this.leader.terminal.path, this.leaderPort);
    this.write('arm.json', this.follower.calibrationText);
    this.write('portal.yaml', PORTAL);
  }

  static async start(): Promise<LeaderBench> {
    return new LeaderBench(await startLocalServer(), await makeFilm(320, 240));
  }

  async stop(): Promise<void> {
    await this.#console?.close();
    await this.#host?.kill('SIGTERM');
    this.leader.terminal.close();
    this.follower.terminal.close();
    await this.#server.stop();
    this.#folder.remove();
    this.#film.remove();
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder.path, name), text);
  }

  async startHost(): Promise<AppProcess> {
    const run = JSON.stringify(this.#film.run('mjpeg', '--fps', '20'));
    this.write('robot.yaml', `role: robot\nportal: portal.yaml\nfollower: { kind: so101_follower, port: ${this.follower.terminal.path}, calibration: arm.json }\ncameras:\n  front: { kind: webcam, width: 640, height: 480 }\n  wrist: { kind: command, run: ${run}, format: mjpeg }\nclaim: { policy: anyone, supervisors: [console] }\n`);
    this.#host = startHeadless(['robot-host', FAKE_WEBCAMS, '--session', SESSION, '--config', join(this.#folder.path, 'robot.yaml'), '--json'], this.#env());
    await this.#host.waitFor('connection', ({ event }) => event === 'connected', 60_000);
    return this.#host;
  }

  /** `leader`: the section of station.yaml. */
  async openConsole(leader: string): Promise<ConsoleWindow> {
    this.write('desk.yaml', `role: console\nportal: portal.yaml\n${leader === '' ? '' : `leader: ${leader}\n`}`);
    this.#console = await openConsole(['--session', SESSION, '--config', join(this.#folder.path, 'desk.yaml')], { ...this.#env(), PORTAL_CONSOLE_USER_DATA: join(this.#folder.path, 'user') });
    await resizeWindow(this.#console, 1280, 800);
    // Its keys work once the drive view is there.
    await expect(word(this.#console.page)).toBeVisible();
    return this.#console;
  }

  async closeConsole(): Promise<void> {
    await this.#console?.close();
    this.#console = null;
  }

  unplugLeader(): void {
    this.leader.terminal.close();
    rmSync(this.leaderPort);
  }

  /** The same arm on another terminal under the same name; its joints stand where they are put. */
  plugLeaderIn(pose: ReadonlyMap<number, number>): void {
    this.leader = simulatedArm('leader', systemClock);
    for (const [id, steps] of pose) this.turn(id, steps);
    symlinkSync(this.leader.terminal.path, this.leaderPort);
  }

  /** Turns a joint of the leader by hand to a position as its register tells it. */
  turn(id: number, told: number): void {
    const servo = this.leader.sim.servos.find((one) => one.id === id);
    servo?.turnByHand(told + (servo.memory.get(REGISTER.homingOffset) ?? 0), systemClock.nowUs());
  }

  presentOf(arm: 'leader' | 'follower', id: number): number {
    return this[arm].sim.servos.find((servo) => servo.id === id)?.memory.get(REGISTER.presentPosition) ?? -1;
  }

  goalOf(id: number): number {
    return this.follower.sim.servos.find((servo) => servo.id === id)?.memory.get(REGISTER.goalPosition) ?? -1;
  }

  followerPose(): Map<number, number> {
    return new Map(this.follower.sim.servos.map(({ id }) => [id, this.presentOf('follower', id)]));
  }

  /**
   * Turns a joint of the leader, which drives, until the follower is told to be there. Values travel as f32 and are cut towards
   * zero, so it may be told one step less.
   */
  async drive(page: Page, what: string, id: number, steps: number): Promise<void> {
    await expect(async () => {
      await engageUntil(page, ACTIVE, () => { this.turn(id, this.presentOf('follower', id)); });
      this.turn(id, steps);
      await expect.poll(() => Math.abs(this.goalOf(id) - steps), { message: what, timeout: 5000 }).toBeLessThanOrEqual(1);
    }).toPass({ timeout: 60_000 });
  }

  #env(): Record<string, string> {
    return { ...this.#folder.env, LIVEKIT_URL: this.#server.url, LIVEKIT_API_KEY: this.#server.apiKey, LIVEKIT_API_SECRET: this.#server.apiSecret };
  }
}

/** Pictures of both sizes that the look is judged by. */
export async function photograph(console: ConsoleWindow, path: (name: string) => string, name: string): Promise<void> {
  for (const [width, height] of [[1920, 1080], [1280, 800]] as const) {
    await resizeWindow(console, width, height);
    await console.page.screenshot({ path: path(`${name}-${width}x${height}.png`) });
  }
}

/**
 * Until the banner says so. A leader that was not read for a second, by a machine that stood still, waits for the person, who
 * engages it again. `orElse`: what the person does with the leader before.
 */
export async function engageUntil(page: Page, says: RegExp, orElse: () => void = () => undefined): Promise<void> {
  const engage = page.getByTestId('engage-leader');
  await expect.poll(async () => {
    if (await engage.isEnabled({ timeout: LOOK_MS }).catch(() => false)) {
      orElse();
      // It goes away with its reason.
      await engage.click({ timeout: LOOK_MS }).catch(() => undefined);
    }
    return page.locator('.banner').innerText();
  }, { timeout: 60_000 }).toMatch(says);
}

export const ACTIVE = /^ACTIVE/u;

export const word = (page: Page) => page.getByTestId('state-word');
export const sentence = (page: Page) => page.getByTestId('driver-sentence');
