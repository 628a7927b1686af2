// @ts-check
// A robot without an arm: six joints that go where they are told, and one camera that shows a moving gradient.
import { joinSession, Robot, RobotConfig } from 'portal-console';
import { readFlags } from './program.mjs';

const flags = readFlags({ session: { type: 'string', default: 'mine' }, identity: { type: 'string', default: 'robot' }, portal: { type: 'string' }, seconds: { type: 'string' } });
const JOINTS = ['shoulder_pan.pos', 'shoulder_lift.pos', 'elbow_flex.pos', 'wrist_flex.pos', 'wrist_roll.pos', 'gripper.pos'];
const FPS = 30;

/** The same as ../portal.yaml, which `--portal` reads instead. */
function configInCode() {
  const fields = JOINTS.map((name) => ({ name, dtype: /** @type {const} */ ('f32') }));
  return new RobotConfig(flags.session).addVideo('front', 'h264').addStateTyped(fields).addActionTyped(fields).addActionChunk('policy', 16, fields).setFps(FPS);
}

const config = flags.portal === undefined ? configInCode() : RobotConfig.fromYamlFile(flags.portal, flags.session);
const robot = new Robot(config.setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null));

/** @type {Record<string, number>} */
const pose = Object.fromEntries(JOINTS.map((name) => [name, 0]));
let executed = 0;
/** @param {string} name @param {number | boolean | undefined} value */
const move = (name, value) => {
  if (typeof value === 'number' && Number.isFinite(value)) pose[name] = value;
};

robot.onAction(({ values }) => {
  executed += 1;
  for (const name of JOINTS) move(name, values[name]);
});
// A real robot plays the rows one after the other; this one jumps to the first.
robot.onActionChunk('policy', ({ columns }) => {
  executed += 1;
  for (const name of JOINTS) move(name, columns[name]?.[0]);
});
robot.onActiveOperatorChanged((identity) => console.log(`driven by ${identity ?? 'nobody'}`));
robot.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));
robot.registerRpcMethod('home', () => {
  for (const name of JOINTS) pose[name] = 0;
  return 'at home';
});

const ended = new Promise((resolve) => {
  robot.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  if (flags.seconds !== undefined) setTimeout(resolve, Number(flags.seconds) * 1000);
});
await joinSession(robot, { session: flags.session, identity: flags.identity });
console.log(`robot ${robot.localIdentity} is in session ${flags.session}`);

const [width, height] = [320, 240];
const pixels = new Uint8Array(width * height * 3);
let tick = 0;
const timer = setInterval(() => {
  tick += 1;
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = at / width + tick;
  // Frame and state of one moment carry one timestamp: the operator joins them by it.
  const timestampUs = Date.now() * 1000;
  robot.sendState(pose, timestampUs);
  robot.sendVideoFrame('front', pixels, { width, height, timestampUs });
}, 1000 / FPS);

await ended;
clearInterval(timer);
const { e2e_us_p50: p50, e2e_us_p95: p95 } = robot.metrics().policy;
console.log(`executed ${executed}${p50 === null || p95 === null ? '' : `, observation → action p50 ${p50 / 1000} ms, p95 ${p95 / 1000} ms`}`);
await robot.disconnect();
