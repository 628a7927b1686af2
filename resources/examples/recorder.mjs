// @ts-check
// Writes every executed action with who sent it, and every observation, as one JSON object a line.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { joinSession, Operator, OperatorConfig } from 'portal-console';
import { readFlags } from './program.mjs';

const PORTAL = fileURLToPath(new URL('../portal.yaml', import.meta.url));
const flags = readFlags({ session: { type: 'string', default: 'demo' }, identity: { type: 'string', default: 'recorder' }, portal: { type: 'string', default: PORTAL }, out: { type: 'string', default: 'recording.jsonl' }, seconds: { type: 'string' } });

const config = OperatorConfig.fromYamlFile(flags.portal, flags.session).setActionSubscription(true);
const operator = new Operator(config.setE2eeKey(process.env['PORTAL_E2EE_KEY'] ?? null));
const file = createWriteStream(flags.out);
const counts = { action: 0, chunk: 0, observation: 0 };
/** @param {keyof typeof counts} kind @param {object} what */
const write = (kind, what) => {
  counts[kind] += 1;
  file.write(`${JSON.stringify({ kind, ...what })}\n`);
};

operator.onAction((action) => write('action', action));
for (const { name } of config.build().actionChunks) operator.onActionChunk(name, (chunk) => write('chunk', chunk));
operator.onObservation(({ state, frames }) => {
  // Pixels are `frame.data`; a real recorder encodes them into a video.
  const pictures = Object.entries(frames).map(([track, { source, frame }]) => [track, { source, width: frame?.width, height: frame?.height, timestampUs: frame?.timestampUs }]);
  write('observation', { ...state, frames: Object.fromEntries(pictures) });
});
operator.onWarning(({ tag, message }) => console.error(`${tag}: ${message}`));

const ended = new Promise((resolve) => {
  operator.onConnection((state) => { if (state === 'disconnected') resolve(undefined); });
  process.once('SIGINT', resolve);
  if (flags.seconds !== undefined) setTimeout(resolve, Number(flags.seconds) * 1000).unref();
});
await joinSession(operator, { session: flags.session, identity: flags.identity });
console.log(`recording session ${flags.session} into ${flags.out}`);
await ended;
await operator.disconnect();
await finished(file.end());
console.log(`wrote ${counts.action} actions, ${counts.chunk} chunks, ${counts.observation} observations`);
