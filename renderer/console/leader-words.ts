import type { JointInfo, LeaderInfo, Telemetry } from '../../shared/console-state.ts';
import { formatNumber, jointLabel, unitSign } from './format.ts';

/** A leader in the middle of a sentence. */
export const LEADER_NAMES: Readonly<Record<LeaderInfo['kind'], string>> = {
  sim_leader: 'the simulated leader', keyboard: 'the keyboard', gamepad: 'the gamepad', so101_leader: 'the leader arm', none: 'no leader',
};

/** The key or button that has to be held. */
export function deadmanName(kind: LeaderInfo['kind']): string {
  return kind === 'gamepad' ? 'LB' : 'Space';
}

export interface Apart {
  name: string;
  unit: string;
  /** Leader minus robot, in the joint's unit. */
  distance: number;
}

/** How far a leader is from the robot on every joint that both have. */
export function apartness(joints: readonly JointInfo[], telemetry: Telemetry | null): Apart[] {
  if (telemetry?.leader === undefined) return [];
  const { state, leader } = telemetry;
  return joints.flatMap(({ name, unit }) => {
    const [robot, hand] = [state[name], leader[name]];
    return robot === undefined || hand === undefined ? [] : [{ name, unit, distance: hand - robot }];
  });
}

/** The joints that have to come closer, the furthest first. */
export function apartText(all: readonly Apart[], tolerance: number): string {
  return all
    .filter(({ distance }) => Math.abs(distance) > tolerance)
    .sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance))
    .slice(0, 3)
    .map(({ name, unit, distance }) => `${jointLabel(name)} ${distance > 0 ? '−' : '+'}${formatNumber(Math.abs(distance), 0)}${unitSign(unit)}`)
    .join(' · ');
}

/** Whether the leader is on its way to the robot's pose. */
export function isAligning(leader: LeaderInfo | null): boolean {
  const phase = leader?.engagement.phase;
  return phase === 'apart' || phase === 'still' || phase === 'guiding';
}
