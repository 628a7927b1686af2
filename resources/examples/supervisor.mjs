// @ts-check
// Never drives: gives control to the first of `--prefer` that is in the room, whenever somebody comes or goes.
import { fileURLToPath } from 'node:url';
import { joinSession, Operator, OperatorConfig, PortalError } from 'portal-console';
import { readFlags } from './program.mjs';

const PORTAL = fileURLToPath(new URL('../portal.yaml', import.meta.url));
const flags = readFlags({ session: { type: 'string', default: 'demo' }, identity: { type: 'string', default: 'supervisor' }, portal: { type: 'string', default: PORTAL }, prefer: { type: 'string', default: 'you,policy' }, seconds: { type: 'string' } });
const preferred = flags.prefer.split(',');

// Without the tracks no state waits for a picture that nobody looks at.
const config = OperatorConfig.fromConfig({ ...OperatorConfig.fromYamlFile(flags.portal, flags.session).build(), videos: [] });
const operator = new Operator(config.setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null));

async function route() {
  const wanted = preferred.find((identity) => operator.operators.includes(identity)) ?? null;
  if (operator.robotIdentity === null || operator.activeOperator === wanted) return;
  try {
    await operator.setActiveOperator(wanted);
  } catch (thrown) {
    // The robot's claim policy decides who may route; what it refuses is no reason to end.
    if (!(thrown instanceof PortalError)) throw thrown;
    console.error(`${thrown.code}: ${thrown.message}`);
  }
}

operator.onRobotJoined(route);
operator.onOperatorJoined(route);
operator.onOperatorLeft(route);
operator.onActiveOperatorChanged((identity) => console.log(`control: ${identity ?? 'nobody'}`));
operator.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));

const ended = new Promise((resolve) => {
  operator.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  if (flags.seconds !== undefined) setTimeout(resolve, Number(flags.seconds) * 1000).unref();
});
await joinSession(operator, { session: flags.session, identity: flags.identity });
console.log(`supervising session ${flags.session}`);
await ended;
await operator.disconnect();
