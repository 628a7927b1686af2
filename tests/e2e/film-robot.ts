import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessToken } from 'livekit-server-sdk';
import { test } from 'playwright/test';
import { createFrameCodecs } from '../../main/codecs/frame-codecs.ts';
import type { LocalServer } from '../../main/server/local-server.ts';
import { systemClock } from '../../main/system-clock.ts';
import { disposeLivekit } from '../../main/transport/ffi-client.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { toRgb } from '../../main/transport/to-rgb.ts';
import { Robot } from '../../shared/portal/robot.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import { resizeWindow, type ConsoleWindow } from './console-window.ts';
import { useOwnServer } from './own-server.ts';
import { makeTestFolder, type TestFolder } from './test-folder.ts';

export const FILM_SIZE = { width: 320, height: 240 };
const PERIOD_MS = 50;

/** What a track shows at a step, as RGB. */
export type PictureOf = (track: string, step: number) => Uint8Array;

export interface FilmRobot {
  /** Tracks that send nothing for now. */
  readonly held: Set<string>;
  stop(): Promise<void>;
}

/** A robot in this process with every track of `yaml`, each filming what `pictureOf` draws, and the state `pan.pos`. */
async function startFilmRobot(server: LocalServer, yaml: string, session: string, pictureOf: PictureOf): Promise<FilmRobot> {
  const config = parsePortalYaml(yaml, { session, file: 'portal.yaml' });
  const robot = new Robot(config, { transport: new LivekitTransport(), clock: systemClock, frameCodecs: { ...createFrameCodecs(), toRgb } });
  const token = new AccessToken(server.apiKey, server.apiSecret, { identity: 'robot' });
  token.addGrant({ room: session, roomJoin: true, canUpdateOwnMetadata: true });
  await robot.connect(server.url, await token.toJwt());
  const held = new Set<string>();
  let step = 0;
  const timer = setInterval(() => {
    const timestampUs = systemClock.nowUs();
    step += 1;
    for (const { name } of config.videos) {
      if (!held.has(name)) robot.sendVideoFrame(name, pictureOf(name, step), { ...FILM_SIZE, timestampUs });
    }
    robot.sendState({ 'pan.pos': step % 90 }, timestampUs);
  }, PERIOD_MS);
  return {
    held,
    async stop() {
      clearInterval(timer);
      await robot.disconnect();
    },
  };
}

/** A server of the spec's own on which robots film; robot and window are ended after their test. */
export function useFilmRobots(): { watch(yaml: string, pictureOf: PictureOf): Promise<{ robot: FilmRobot; console: ConsoleWindow }> } {
  const { server, open } = useOwnServer();
  const robots: FilmRobot[] = [];
  let folder: TestFolder;
  test.beforeAll(() => { folder = makeTestFolder(); });
  test.afterEach(async () => { await Promise.all(robots.splice(0).map((robot) => robot.stop())); });
  test.afterAll(async () => {
    await disposeLivekit();
    folder?.remove();
  });
  return {
    async watch(yaml, pictureOf) {
      const session = `film-${randomUUID().slice(0, 8)}`;
      const file = join(folder.path, `${session}.yaml`);
      writeFileSync(file, yaml);
      const robot = await startFilmRobot(server(), yaml, session, pictureOf);
      robots.push(robot);
      const console = await open('--session', session, '--identity', 'you', '--portal', file);
      await resizeWindow(console, 1280, 800);
      return { robot, console };
    },
  };
}
