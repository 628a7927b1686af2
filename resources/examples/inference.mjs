// @ts-check
// A policy: answers each observation with a chunk of actions, and says how long observation → action takes.
import { fileURLToPath } from 'node:url';
import { joinSession, Operator, OperatorConfig } from 'portal-console';
import { readFlags } from './program.mjs';

const PORTAL = fileURLToPath(new URL('../portal.yaml', import.meta.url));
const flags = readFlags({ session: { type: 'string', default: 'demo' }, identity: { type: 'string', default: 'inference' }, portal: { type: 'string', default: PORTAL }, seconds: { type: 'string', default: '10' } });
const CHUNK = 'policy';

const config = OperatorConfig.fromYamlFile(flags.portal, flags.session).setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null);
const { horizon, fields } = config.build().actionChunks.find(({ name }) => name === CHUNK) ?? { horizon: 0, fields: [] };
const operator = new Operator(config);
operator.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));

/**
 * Stands for the model: keeps the pose and breathes with the gripper.
 * @param {import('portal-console').Observation} observation
 * @returns {Promise<import('portal-console').ChunkColumns>}
 */
async function infer({ state, timestampUs }) {
  const row = (/** @type {number} */ index) => (timestampUs / 1e6 + index / config.build().fps) * 2;
  return Object.fromEntries(fields.map(({ name }) => [name, Array.from({ length: horizon }, (_, index) => (name.startsWith('gripper') ? 40 + 5 * Math.sin(row(index)) : Number(state.values[name])))]));
}

/** Capture → chunk sent, ms. Right where robot and policy share a clock; the robot measures it across machines, in its `metrics().policy`.
 * @type {number[]} */
const latencies = [];
const percentile = (/** @type {number} */ share) => [...latencies].sort((a, b) => a - b)[Math.round(share * (latencies.length - 1))]?.toFixed(1) ?? '–';

// While a slow model thinks, older observations are left out: the callback gets the newest next.
operator.onObservation(async (observation) => {
  const columns = await infer(observation);
  if (operator.activeOperator !== operator.localIdentity) return;
  operator.sendActionChunk(CHUNK, columns, { inReplyToTsUs: observation.timestampUs });
  latencies.push(Date.now() - observation.timestampUs / 1000);
  if (latencies.length > 1000) latencies.shift();
});

const ended = new Promise((resolve) => {
  operator.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  setTimeout(resolve, Number(flags.seconds) * 1000).unref();
});
const robotIsThere = new Promise((resolve) => operator.onRobotJoined(resolve));
await joinSession(operator, { session: flags.session, identity: flags.identity });
await Promise.race([robotIsThere, ended]);
await operator.setActiveOperator(operator.localIdentity);

const report = () => console.log(`${operator.metrics().transport.action_chunks_sent} chunks, observation → action p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms`);
const timer = setInterval(report, 1000);
await ended;
clearInterval(timer);
report();
if (operator.localIdentity !== null && operator.activeOperator === operator.localIdentity) await operator.setActiveOperator(null);
await operator.disconnect();
