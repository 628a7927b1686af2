import { readFileSync } from 'node:fs';
import { createFrameCodecs } from '../../../main/codecs/frame-codecs.ts';
import { systemClock } from '../../../main/system-clock.ts';
import { LivekitTransport } from '../../../main/transport/livekit-transport.ts';
import { validateConfig } from '../../../shared/portal/config.ts';
import { Robot } from '../../../shared/portal/robot.ts';
import type { Aged, JobVideo, RobotJob } from '../job.ts';
import { frameOffset } from '../moving-picture.ts';
import { CHUNK, Commands, emit, FIELDS, loadJob, nowUs, rowValues, stream } from './side-io.ts';

/** Our robot: sends state, and frames where the job has video, and measures the actions that answer its states. */
async function main(): Promise<void> {
  const job = loadJob<RobotJob>();
  const { video } = job;
  const config = validateConfig({ session: job.session, fps: job.fps, state: FIELDS, action: FIELDS, actionChunks: [CHUNK], videos: video === null ? [] : [{ name: 'front', codec: video.codec, quality: video.quality }] });
  const commands = new Commands();
  const robot = new Robot(config, { transport: new LivekitTransport(), clock: systemClock, frameCodecs: createFrameCodecs() });
  const answers: Aged[] = [];
  robot.onAction((action) => {
    if (action.inReplyToTsUs !== null) answers.push([action.inReplyToTsUs, (nowUs() - action.inReplyToTsUs) / 1000]);
  });
  robot.onActionChunk(CHUNK.name, (chunk) => {
    answers.push([chunk.timestampUs, (nowUs() - chunk.timestampUs) / 1000]);
  });
  await robot.connect(job.url, job.token);
  emit('ready', {});

  const captured: number[] = [];
  const stated: number[] = [];
  const start = (): (() => void)[] => {
    const streams: (() => void)[] = [];
    const tied = video !== null && job.stateHz === video.fps;
    if (video !== null) streams.push(stream(1000 / video.fps, videoSender(robot, video, tied, captured)));
    if (job.stateHz > 0 && !tied) streams.push(stream(1000 / job.stateHz, (step) => {
      const timestampUs = nowUs();
      stated.push(timestampUs);
      robot.sendState(rowValues(step), timestampUs);
    }));
    return streams;
  };
  if (await commands.wait('go')) {
    const streams = start();
    await commands.wait('hush');
    for (const stop of streams) stop();
    emit('sent', { captured, stated });
    await commands.wait('finish');
  }
  emit('result', { answers });
  await robot.disconnect();
}

function videoSender(robot: Robot, video: JobVideo, withState: boolean, captured: number[]): (step: number) => void {
  const tall = new Uint8Array(readFileSync(video.file));
  const size = video.width * video.height * 3;
  return (step) => {
    const offset = frameOffset(video, tall.byteLength, step);
    const timestampUs = nowUs();
    robot.sendVideoFrame('front', tall.subarray(offset, offset + size), { width: video.width, height: video.height, timestampUs });
    if (withState) robot.sendState(rowValues(step), timestampUs);
    captured.push(timestampUs);
  };
}

await main();
process.exit(0);
