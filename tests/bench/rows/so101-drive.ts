import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import { startRole } from '../bench-app.ts';
import { freshSession, type BenchContext, type Row } from '../context.ts';
import { percentiles } from '../percentiles.ts';
import { round, type Figures } from '../result.ts';
import type { SideProcess } from '../side-process.ts';
import { READY_MS } from '../streaming.ts';
import { notesOf, takeTurnsIn } from '../turns.ts';

/** A turn takes some 5 s of moves. */
const MOVES = 80;
/**
 * The two loops tick at the same rate, so how they stand to each other is one throw of the dice a turn, worth up to 10 ms in every
 * move of it: two turns each would compare luck.
 */
const ORDER = ['alone', 'cameras', 'cameras', 'alone', 'alone', 'cameras', 'cameras', 'alone'] as const;
const CAMERAS = ['front', 'wrist'];
const MOVES_MS = 120_000;
/** The aim: cameras must not slow the arm. */
const WORST_WITH_CAMERAS = 1.5;

/** The whole way of a movement, both roles the real app: leader's register, bus, operator, server, robot host, bus, follower's goal register. */
export const so101Drive: Row = {
  name: 'so101-drive',
  unit: 'ms',
  about: 'leader moved until the follower is told, on two simulated buses with the real app between, loops at 100 Hz; with two 640×480 H.264 cameras as cameras_…',
  async measure(context) {
    const turns = await takeTurnsIn(context, 'so101-drive', ORDER, (who) => turn(context, who === 'cameras'));
    const alone = percentiles(turns.found.alone.flat());
    const cameras = percentiles(turns.found.cameras.flat());
    const worse = (name: 'p50' | 'p99'): number | null => (alone[name] && cameras[name] ? round(cameras[name] / alone[name], 2) : null);
    return {
      ours: { ...alone, ...prefixed(cameras), 'cameras_p99/p99': worse('p99') },
      peer: {},
      ...notesOf(turns, `waiting for the leader's and the host's next tick is up to 10 ms each of it; p99 with cameras is to be at most ${WORST_WITH_CAMERAS}× of that without. The peer has no arms`),
    };
  },
};

async function turn(context: BenchContext, hasCameras: boolean): Promise<readonly number[]> {
  const session = freshSession('so101');
  const app = await context.app();
  const started: SideProcess[] = [];
  try {
    const arms = context.programs.arms({ moves: MOVES });
    started.push(arms);
    const { leader, follower, calibration } = await arms.event('arms', READY_MS);
    const file = (name: string, text: string): string => {
      const path = join(context.folder, `${session}-${name}`);
      writeFileSync(path, text);
      return path;
    };
    const calibrated = file('arm.json', calibration);
    const portal = file('portal.yaml', portalYaml(hasCameras));
    const cameras = hasCameras ? CAMERAS.map((name) => `${name}: { kind: test, width: 640, height: 480 }`).join(', ') : '';
    const robot = file('robot.yaml', `role: robot\nportal: ${portal}\nfollower: { kind: so101_follower, port: ${follower}, calibration: ${calibrated} }\ncameras: { ${cameras} }\n`);
    const desk = file('desk.yaml', `role: operator\nportal: ${portal}\nleader: { kind: so101_leader, port: ${leader}, calibration: ${calibrated}, claim: true }\n`);
    for (const [role, config] of [['robot-host', robot], ['operator', desk]] as const) {
      const side = startRole(app, context.server, role, ['--session', session, '--config', config], join(context.folder, role));
      started.push(side);
      await side.event('connected', READY_MS);
    }
    arms.say('go');
    const { samples = [], refused = 0 } = await arms.event('result', MOVES_MS);
    if (refused > MOVES / 20) throw new Error(`${refused} of ${MOVES} moves did not arrive`);
    return samples;
  } finally {
    await Promise.all(started.reverse().map((side) => side.stop()));
  }
}

function portalYaml(hasCameras: boolean): string {
  const fields = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
  const videos = hasCameras ? `videos:\n${CAMERAS.map((name) => `  - { name: ${name}, codec: h264 }`).join('\n')}\n` : '';
  return `version: 1\nfps: 30\n${videos}state:\n${fields}\naction:\n${fields}\n`;
}

function prefixed({ p50 = null, p95 = null, p99 = null }: Figures): Figures {
  return { cameras_p50: p50, cameras_p95: p95, cameras_p99: p99 };
}
