import type { GetStatsCallback } from '@livekit/rtc-ffi-bindings';
import type { Clock } from '../../shared/portal/clock.ts';
import { ffiCall } from './ffi-client.ts';

/** How long a track may be received without one picture before it is looked into, and how often then. */
const LOOK_EVERY_MS = 4_000;
/** So many packets hold a first picture for sure, also a large one. */
const ENOUGH_PACKETS = 100;

/** What has come in over a subscribed track. */
export interface ReceivedMedia {
  packets: number;
  /** Pictures that the decoder gave. */
  decoded: number;
}

export interface DecodeWatchPorts {
  clock: Pick<Clock, 'after'>;
  /** Null = not known, or the track is gone. */
  read(track: bigint): Promise<ReceivedMedia | null>;
  say(words: string): void;
}

/**
 * Notices a track whose packets come and whose pictures do not: the engine has no decoder for its codec, or what comes is
 * broken, and it says neither. A track that sends nothing is none of its business.
 */
export class DecodeWatch {
  readonly #ports: DecodeWatchPorts;
  readonly #watched = new Map<bigint, () => void>();

  constructor(ports: DecodeWatchPorts) {
    this.#ports = ports;
  }

  /** `what` names the track in a warning. */
  begin(track: bigint, what: string): void {
    this.end(track);
    this.#watched.set(track, this.#ports.clock.after(LOOK_EVERY_MS, () => void this.#look(track, what)));
  }

  /** A picture came, or nobody wants one any more. */
  end(track: bigint): void {
    this.#watched.get(track)?.();
    this.#watched.delete(track);
  }

  async #look(track: bigint, what: string): Promise<void> {
    const received = await this.#ports.read(track);
    if (!this.#watched.has(track)) return;
    if (received !== null && received.decoded > 0) return this.end(track);
    if (received !== null && received.packets >= ENOUGH_PACKETS) {
      this.#ports.say(`${what} comes in, and not one of its pictures can be decoded here: this machine has no decoder for its codec, or the robot's encoder breaks it. Declare the track with another codec in portal.yaml on both sides; h264, vp8 and vp9 are decoded everywhere.`);
    }
    this.begin(track, what);
  }
}

/** The engine's own count of what came in over a track that it owns. */
export async function readReceived(track: bigint): Promise<ReceivedMedia | null> {
  const { stats } = await ffiCall<GetStatsCallback>({ case: 'getStats', value: { trackHandle: track } });
  for (const { stats: one } of stats) {
    if (one.case !== 'inboundRtp') continue;
    return { packets: Number(one.value.received?.packetsReceived ?? 0), decoded: one.value.inbound?.framesDecoded ?? 0 };
  }
  return null;
}
