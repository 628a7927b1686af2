// @ts-check
// Takes control, swings the base joint for a while, and lets go. With --shadow it sends the same without control, and the robot
// does none of it: a candidate for shadow.mjs.
import { joinSession, Operator, OperatorConfig } from 'portal-console';
import { readFlags } from './program.mjs';

const flags = readFlags({ session: { type: 'string', default: 'demo' }, identity: { type: 'string', default: 'example' }, portal: { type: 'string' }, swing: { type: 'string', default: '10' }, shadow: { type: 'boolean', default: false }, seconds: { type: 'string', default: '10' } });
const JOINTS = ['shoulder_pan.pos', 'shoulder_lift.pos', 'elbow_flex.pos', 'wrist_flex.pos', 'wrist_roll.pos', 'gripper.pos'];

/** The same as ../portal.yaml, which `--portal` reads instead. */
function configInCode() {
  const fields = JOINTS.map((name) => ({ name, dtype: /** @type {const} */ ('f32') }));
  return new OperatorConfig(flags.session).addVideo('front', 'h264').addStateTyped(fields).addActionTyped(fields).addActionChunk('policy', 16, fields);
}

const config = flags.portal === undefined ? configInCode() : OperatorConfig.fromYamlFile(flags.portal, flags.session);
const operator = new Operator(config.setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null));
operator.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));

/** @type {import('portal-console').Values | null} */
let start = null;
let observations = 0;
const ended = new Promise((resolve) => {
  operator.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  setTimeout(resolve, Number(flags.seconds) * 1000).unref();
});

operator.onObservation(({ frames, timestampUs }) => {
  observations += 1;
  const frame = frames['front']?.frame;
  if (frame && observations % 30 === 1) console.log(`observation ${observations}: ${frame.width}x${frame.height}, ${Math.round((Date.now() * 1000 - timestampUs) / 1000)} ms old`);
});
operator.onState(({ values, timestampUs }) => {
  if (!flags.shadow && operator.activeOperator !== operator.localIdentity) return;
  // Beginning at the present pose makes taking over no jump.
  start ??= values;
  const swing = Number(flags.swing) * Math.sin(timestampUs / 1e6);
  operator.sendAction({ ...start, 'shoulder_pan.pos': Number(start['shoulder_pan.pos']) + swing }, { inReplyToTsUs: timestampUs });
});

const robotIsThere = new Promise((resolve) => operator.onRobotJoined(resolve));
await joinSession(operator, { session: flags.session, identity: flags.identity });
await Promise.race([robotIsThere, ended]);
if (!flags.shadow) await operator.setActiveOperator(operator.localIdentity);
console.log(`${operator.localIdentity} ${flags.shadow ? 'shadows' : 'drives'} ${operator.robotIdentity}`);

await ended;
if (operator.activeOperator !== null && operator.activeOperator === operator.localIdentity) await operator.setActiveOperator(null);
console.log(`sent ${operator.metrics().transport.actions_sent} actions, saw ${observations} observations`);
await operator.disconnect();
