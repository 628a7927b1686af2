import { armLeftInWords } from '../shared/arm-left.ts';
import type { LeaderEngagement } from '../shared/console-state.ts';
import type { WebcamInfo } from '../shared/camera-messages.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { describeError } from '../shared/portal/errors.ts';
import type { StationEvent, StationOutput } from './ports.ts';

/** The part of a stream that is written to. */
export interface TextSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A status line goes into a log this often when nothing changes. */
const QUIET_STATUS_US = 5_000_000;

/**
 * What a process says on standard output: with `json` one event a line and nothing else; without, sentences, and a status
 * line that is rewritten in place on a terminal. Errors go to `errors` in readable form. `loopDelayUs` goes with each `metrics`.
 */
export function createOutput(options: { json: boolean; out: TextSink; errors: TextSink; clock: Clock; loopDelayUs?: () => number }): StationOutput {
  const { json, out, errors, clock, loopDelayUs } = options;
  const inPlace = !json && out.isTTY === true;
  let hasStatus = false;
  let last = { key: '', atUs: Number.NEGATIVE_INFINITY };
  const line = (sink: TextSink, text: string): void => {
    sink.write(`${hasStatus ? '\r\u001b[2K' : ''}${text}\n`);
    hasStatus = false;
  };
  return {
    event(event) {
      if (json) {
        const delay = event.event === 'metrics' && loopDelayUs !== undefined ? { loop_us_p99: loopDelayUs() } : {};
        out.write(`${JSON.stringify({ ...event, ...delay, timestamp_us: Math.round(clock.nowUs()) })}\n`);
        return;
      }
      const text = readable(event);
      if (text !== null) line(event.event === 'error' ? errors : out, text);
    },
    note(text) {
      if (!json) line(out, text);
    },
    status(text, key) {
      if (json) return;
      if (inPlace) {
        out.write(`\r\u001b[2K${text}`);
        hasStatus = true;
        return;
      }
      const nowUs = clock.nowUs();
      if (key === last.key && nowUs - last.atUs < QUIET_STATUS_US) return;
      last = { key, atUs: nowUs };
      line(out, text);
    },
  };
}

/** A sentence for a person; null = the status line says it. */
function readable(event: StationEvent): string | null {
  switch (event.event) {
    case 'connected':
      return `connected to session ${event.session} at ${event.url} as ${event.identity}${event.robot === undefined ? '' : `, robot ${event.robot}`}`;
    case 'metrics_endpoint':
      return `metrics at ${event.url}`;
    case 'cameras':
      return webcamLines(event.cameras);
    case 'disconnected':
      return `disconnected: ${event.reason}`;
    case 'active_operator':
      return event.identity === null ? 'nobody drives' : `${event.identity} drives`;
    case 'operator_joined':
      return `${event.identity} joined`;
    case 'operator_left':
      return `${event.identity} left`;
    case 'warning':
      return `warning ${event.tag}: ${event.message}${event.count > 1 ? ` (${event.count} times)` : ''}`;
    case 'error':
      return describeError(event);
    case 'arm_left':
      return armLeftLine(event);
    case 'leader':
      return leaderLine(event.phase, event.reason);
    case 'metrics':
    case 'limits':
    case 'host_state':
    case 'view':
    case 'preview':
    case 'answer':
      return null;
    case 'exit':
      return event.code === 0 ? `ended: ${event.reason}` : null;
  }
}

/** Only what somebody has to see to. */
function armLeftLine({ torque, instead_of: insteadOf, reason }: StationEvent & { event: 'arm_left' }): string | null {
  const words = armLeftInWords({ torque, insteadOf, reason });
  return words === null ? null : `${words.what}. ${words.why} ${words.advice}`;
}

/** What a person at the leader has to do. */
function leaderLine(phase: LeaderEngagement['phase'], reason: string): string | null {
  switch (phase) {
    case 'engaged':
      return 'the leader drives';
    case 'still':
      return 'hold the leader still where it is, for 2 s';
    case 'apart':
      return `the leader waits: ${reason}; bring it to the robot's pose`;
    case 'lost':
    case 'guiding':
      return `the leader waits: ${reason}`;
    case 'released':
    case 'idle':
      return null;
  }
}

function webcamLines(cameras: readonly WebcamInfo[]): string {
  if (cameras.length === 0) return 'No webcam was found. Plug one in; on Linux its user needs the group video.';
  const lines = cameras.map(({ label, id, sizes }) => {
    const list = sizes.map(({ width, height, maxFps }) => `${width}x${height}@${Math.round(maxFps)}`).join(' ');
    return `${label}\n  device: ${id}\n  sizes:  ${list === '' ? 'none could be opened; another program may have it' : list}`;
  });
  return lines.join('\n');
}

/**
 * A stream whose reader may go away: without this, `portal-console … | head` ends the process in an unhandled EPIPE and the
 * robot loses its host.
 */
export function survivingSink(stream: NodeJS.WriteStream): TextSink {
  let isGone = false;
  stream.on('error', () => {
    isGone = true;
  });
  return {
    isTTY: stream.isTTY,
    write: (text) => (isGone ? false : stream.write(text)),
  };
}
