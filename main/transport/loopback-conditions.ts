import { PortalError } from '../../shared/portal/errors.ts';

/** How the twin's network behaves; everything applies to one way, sender to receiver. */
export interface LoopbackConditions {
  /** Every message takes at least this long. 0 = delivered in the next microtask. */
  delayMs: number;
  /** Up to this much more, evenly spread; lossy packets may overtake each other. */
  jitterMs: number;
  /** 0–1: share of packets and frames lost. A lossy one vanishes, a reliable one comes late, and those behind it wait. */
  loss: number;
  /** What one loss costs a reliable message. */
  retransmitMs: number;
  /** A joiner without attributes is announced only after this; LiveKit takes up to 3000. Until then its packets have no sender. */
  announceMs: number;
  /** The encoder takes one frame for this long and refuses others meanwhile. */
  frameTakeMs: number;
  /** False = frames arrive without their timestamps. */
  frameTimestamps: boolean;
  /** Of delays and losses: the same seed gives the same run. */
  seed: number;
}

const QUIET: LoopbackConditions = {
  delayMs: 0, jitterMs: 0, loss: 0, retransmitMs: 50, announceMs: 0, frameTakeMs: 0, frameTimestamps: true, seed: 1,
};

/** The conditions with defaults filled in. Throws CONFIG_INVALID for a negative time or a loss outside 0 to below 1. */
export function loopbackConditions(given: Partial<LoopbackConditions>): LoopbackConditions {
  const conditions = { ...QUIET, ...given };
  for (const name of ['delayMs', 'jitterMs', 'retransmitMs', 'announceMs', 'frameTakeMs'] as const) {
    if (conditions[name] >= 0 && Number.isFinite(conditions[name])) continue;
    throw new PortalError('CONFIG_INVALID', `${name} of the loopback room is no time`, { expected: '0 or more', got: String(conditions[name]) });
  }
  // At 1 a reliable message would be sent again for ever.
  if (!(conditions.loss >= 0 && conditions.loss < 1)) {
    throw new PortalError('CONFIG_INVALID', 'loss of the loopback room is no share', { expected: '0 to below 1', got: String(conditions.loss) });
  }
  return conditions;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How long a message that must arrive is under way. */
export function reliableDelayMs(conditions: LoopbackConditions, random: () => number): number {
  let delayMs = conditions.delayMs + random() * conditions.jitterMs;
  while (random() < conditions.loss) delayMs += conditions.retransmitMs;
  return delayMs;
}

/** How long a message that may be lost is under way; null = it is lost. */
export function lossyDelayMs(conditions: LoopbackConditions, random: () => number): number | null {
  return random() < conditions.loss ? null : conditions.delayMs + random() * conditions.jitterMs;
}
