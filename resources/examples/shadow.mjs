// @ts-check
// Shadow evaluation: how far a candidate, who does not drive, is from what is executed, for the same states.
import { fileURLToPath } from 'node:url';
import { joinSession, Operator, OperatorConfig } from 'portal-console';
import { readFlags } from './program.mjs';

const PORTAL = fileURLToPath(new URL('../portal.yaml', import.meta.url));
const flags = readFlags({ session: { type: 'string', default: 'demo' }, identity: { type: 'string', default: 'shadow' }, portal: { type: 'string', default: PORTAL }, candidate: { type: 'string', default: 'candidate' }, seconds: { type: 'string' } });

// Nothing here looks at a picture, so no state has to wait for one.
const config = OperatorConfig.fromConfig({ ...OperatorConfig.fromYamlFile(flags.portal, flags.session).build(), videos: [] });
const operator = new Operator(config.setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null), { shadowTap: true });
operator.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));

/** @typedef {import('portal-console').Values} Values */
/** By the state that both answer. @type {Map<number, { executed?: Values, candidate?: Values }>} */
const waiting = new Map();
const MAX_WAITING = 1000;
const total = { executed: 0, candidate: 0, compared: 0 };
/** @type {Record<string, number>} */
const distance = {};

operator.onShadowAction(({ sender, executed, inReplyToTsUs, values }) => {
  // Null: control changed hands just then, and nobody can say.
  const kind = executed === true ? 'executed' : executed === false && sender === flags.candidate ? 'candidate' : null;
  if (kind === null) return;
  total[kind] += 1;
  if (inReplyToTsUs === null) return;
  const pair = { ...waiting.get(inReplyToTsUs), [kind]: values };
  waiting.set(inReplyToTsUs, pair);
  const oldest = waiting.keys().next().value;
  if (waiting.size > MAX_WAITING && oldest !== undefined) waiting.delete(oldest);
  if (pair.executed === undefined || pair.candidate === undefined) return;
  waiting.delete(inReplyToTsUs);
  total.compared += 1;
  for (const [name, value] of Object.entries(pair.executed)) distance[name] = (distance[name] ?? 0) + Math.abs(Number(value) - Number(pair.candidate[name] ?? 0));
});

const report = () => {
  const means = Object.entries(distance).map(([name, sum]) => `${name} ${(sum / total.compared).toFixed(2)}`);
  console.log(`${total.executed} executed, ${total.candidate} of ${flags.candidate}, ${total.compared} compared; mean distance: ${means.join(', ') || '–'}`);
};

const ended = new Promise((resolve) => {
  operator.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  if (flags.seconds !== undefined) setTimeout(resolve, Number(flags.seconds) * 1000).unref();
});
await joinSession(operator, { session: flags.session, identity: flags.identity });
console.log(`comparing ${flags.candidate} with what is executed in session ${flags.session}`);
const timer = setInterval(report, 1000);
await ended;
clearInterval(timer);
await operator.disconnect();
report();
