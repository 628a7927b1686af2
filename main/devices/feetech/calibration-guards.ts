import { PortalError } from '../../../shared/portal/errors.ts';
import type { ArmCalibration } from './calibration.ts';
import { MIDDLE_STEPS, type RangeSweep, type SweepProblem } from './range-sweep.ts';
import { MAX_HOMING_OFFSET, STEPS_PER_TURN } from './table.ts';

/** Spans of a leader and its follower differ by less on arms that were built and swept alike. */
const ALIKE_SHARE = 0.2;

/**
 * The offset that makes a joint read half a turn where it stands, `actual` in encoder steps. At 4095 it would be 2048, which the
 * register cannot hold: one step less is what fits.
 */
export function homingOffset(actual: number): number {
  return Math.max(-MAX_HOMING_OFFSET, Math.min(MAX_HOMING_OFFSET, actual - MIDDLE_STEPS));
}

/** Steps within one turn. */
export function withinTurn(steps: number): number {
  return ((steps % STEPS_PER_TURN) + STEPS_PER_TURN) % STEPS_PER_TURN;
}

/** Throws CALIBRATION_REFUSED naming every joint whose sweep cannot be used. */
export function checkSweeps(sweeps: readonly RangeSweep[]): void {
  const named = (kind: SweepProblem): string[] => sweeps.filter(({ problem }) => problem === kind).map(({ motor }) => motor);
  const [crossed, unmoved] = [named('recentre'), named('unmoved')];
  if (crossed.length > 0) {
    throw new PortalError('CALIBRATION_REFUSED', `${crossed.join(', ')} went across the end of the count: the middle was not the middle of the travel`, {
      fix: 'Go back, put the joint in the middle of its travel, and sweep again.',
    });
  }
  if (unmoved.length === 0) return;
  throw new PortalError('CALIBRATION_REFUSED', `${unmoved.join(', ')} ${unmoved.length === 1 ? 'was' : 'were'} hardly moved`, {
    expected: 'every joint moved from one stop to the other', fix: 'Move each of them from one stop to the other, then go on.',
  });
}

/**
 * Whether the gripper's values run against its steps, told by where it stands when closed: 0 must mean closed, or a follower's
 * gripper would slam open when teleoperation begins. Throws CALIBRATION_REFUSED when it stands in between.
 */
export function gripperDriveMode(closed: number, { rangeMin, rangeMax }: { rangeMin: number; rangeMax: number }): 0 | 1 {
  const share = (closed - rangeMin) / (rangeMax - rangeMin);
  if (share < 0.25) return 0;
  if (share > 0.75) return 1;
  throw new PortalError('CALIBRATION_REFUSED', 'the gripper is neither closed nor open', {
    expected: 'at one end of its range', got: `${Math.round(share * 100)} % of the way`, fix: 'Close the gripper all the way, then go on.',
  });
}

/** Joints whose travel differs clearly from the partner arm's, each a sentence. The gripper's and a full turn may differ. */
export function spanWarnings(own: ArmCalibration, partner: ArmCalibration): string[] {
  return Object.entries(own).flatMap(([motor, { rangeMin, rangeMax }]) => {
    const other = partner[motor];
    if (other === undefined || motor === 'gripper' || motor === 'wrist_roll') return [];
    const [span, otherSpan] = [rangeMax - rangeMin, other.rangeMax - other.rangeMin];
    if (Math.abs(span - otherSpan) <= ALIKE_SHARE * Math.max(span, otherSpan)) return [];
    return [`${motor} travels ${degrees(span)}, that of the other arm ${degrees(otherSpan)}: one of them may not have been moved from stop to stop`];
  });
}

function degrees(steps: number): string {
  return `${Math.round((steps * 360) / STEPS_PER_TURN)}°`;
}
