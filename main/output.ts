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
 * line that is rewritten in place on a terminal. Errors go to `errors` in readable form.
 */
export function createOutput(options: { json: boolean; out: TextSink; errors: TextSink; clock: Clock }): StationOutput {
  const { json, out, errors, clock } = options;
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
        out.write(`${JSON.stringify({ ...event, timestamp_us: Math.round(clock.nowUs()) })}\n`);
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
    case 'metrics':
      return null;
    case 'exit':
      return event.code === 0 ? `ended: ${event.reason}` : null;
  }
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
