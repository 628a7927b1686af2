import type { Clock } from '../../../shared/portal/clock.ts';
import type { SimServo } from './sim-servo.ts';

/** A hand moves a joint about a quarter of a turn a second. */
const STEPS_PER_S = 1200;
const TICK_MS = 20;
/** It stays at a stop for a moment, as a person who feels it does. */
const STAY_TICKS = 15;

/**
 * Moves a servo's shaft by hand through `places` (encoder steps), one after the other; a shaft under torque stays where it is.
 * Calls `done` at the last one. Returns the letting go.
 */
export function moveByHand(servo: SimServo, places: readonly number[], clock: Clock, done: () => void = () => undefined): () => void {
  const left = [...places];
  let at = servo.actual;
  let staying = 0;
  const stop = clock.every(TICK_MS, () => {
    if (staying > 0) {
      staying -= 1;
      return;
    }
    const target = left[0];
    if (target === undefined) {
      stop();
      done();
      return;
    }
    const step = (STEPS_PER_S * TICK_MS) / 1000;
    at = Math.abs(target - at) <= step ? target : at + Math.sign(target - at) * step;
    servo.turnByHand(at, clock.nowUs());
    if (at !== target) return;
    left.shift();
    staying = STAY_TICKS;
  });
  return stop;
}
