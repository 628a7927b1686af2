import { once } from 'node:events';
import { createFrameCodecs } from '../../../main/codecs/frame-codecs.ts';
import { systemClock } from '../../../main/system-clock.ts';
import { LivekitTransport } from '../../../main/transport/livekit-transport.ts';
import { validateConfig } from '../../../shared/portal/config.ts';
import { Operator } from '../../../shared/portal/operator.ts';
import type { Aged, OperatorJob } from '../job.ts';
import { CHUNK, chunkColumns, Commands, emit, FIELDS, loadJob, nowUs, rowValues, stream } from './side-io.ts';

const ROBOT_DEADLINE_MS = 10_000;

/** Our operator: answers states, observes, or connects and claims again and again, as the job's mode says. */
async function main(): Promise<void> {
  const job = loadJob<OperatorJob>();
  const commands = new Commands();
  if (job.mode === 'connect') {
    emit('ready', {});
    if (await commands.wait('go')) await sampleConnect(job);
    return;
  }
  const operator = build(job);
  const observed: Aged[] = [];
  if (job.mode === 'echo') {
    const answer = rowValues(1);
    operator.onState((state) => operator.sendAction(answer, { inReplyToTsUs: state.timestampUs }));
  }
  if (job.mode === 'observe') operator.onObservation((observation) => {
    observed.push([observation.timestampUs, (nowUs() - observation.timestampUs) / 1000]);
  });
  await operator.connect(job.url, job.tokens[0] ?? '');
  await robotKnown(operator);
  if (job.mode === 'echo' || job.mode === 'chunk') await operator.setActiveOperator(operator.localIdentity);
  emit('ready', {});
  if (job.mode === 'claim') {
    if (await commands.wait('go')) await sampleClaim(operator, job);
  } else {
    const chunks: number[] = [];
    const stop = stream(1000 / job.fps, (step) => {
      if (job.mode === 'rival') operator.sendAction(rowValues(step));
      if (job.mode !== 'chunk') return;
      const timestampUs = nowUs();
      chunks.push(timestampUs);
      operator.sendActionChunk(CHUNK.name, chunkColumns(step), { timestampUs });
    });
    await commands.wait('finish');
    stop();
    emit('result', { observed, chunks });
  }
  await operator.disconnect();
}

function build(job: OperatorJob): Operator {
  const config = validateConfig({ session: job.session, fps: job.fps, state: FIELDS, action: FIELDS, actionChunks: [CHUNK], videos: job.video === null ? [] : [{ name: 'front', codec: job.video }] });
  return new Operator(config, { transport: new LivekitTransport(), clock: systemClock, frameCodecs: createFrameCodecs() });
}

async function robotKnown(operator: Operator): Promise<void> {
  if (operator.robotIdentity !== null) return;
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error('no robot in the session after 10 s')), ROBOT_DEADLINE_MS);
    const off = operator.onRobotJoined(() => { clearTimeout(deadline); off(); resolve(); });
  });
}

function firstObservation(operator: Operator): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error('no observation within 10 s')), ROBOT_DEADLINE_MS);
    const off = operator.onObservation(() => { clearTimeout(deadline); off(); resolve(); });
  });
}

/** A fresh operator each time: connect() called until its first observation, attempts that failed included. */
async function sampleConnect(job: OperatorJob): Promise<void> {
  const samples: number[] = [];
  let refused = 0;
  for (const token of job.tokens) {
    const started = performance.now();
    for (let attempt = 1; ; attempt++) {
      const operator = build(job);
      const observation = firstObservation(operator);
      observation.catch(() => undefined);
      try {
        await operator.connect(job.url, token);
        await observation;
        samples.push(performance.now() - started);
        await operator.disconnect();
        break;
      } catch (thrown) {
        refused += 1;
        await operator.disconnect();
        if (attempt === job.attempts) throw thrown;
      }
    }
    await pause(200);
  }
  emit('result', { samples, refused });
}

async function sampleClaim(operator: Operator, job: OperatorJob): Promise<void> {
  const samples: number[] = [];
  for (let i = 0; i < job.claims; i++) {
    const started = performance.now();
    await operator.setActiveOperator(operator.localIdentity);
    samples.push(performance.now() - started);
    await operator.setActiveOperator(null);
    await pause(50);
  }
  emit('result', { samples });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
// A line still in the pipe would be lost with the process.
if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
process.exit(0);
