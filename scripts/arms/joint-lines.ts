import type { JointProgress } from '../../main/devices/feetech/calibration-run.ts';
import { STEPS_PER_TURN } from '../../main/devices/feetech/table.ts';

const BAR = 32;

/** A table of joints for a terminal: names, figures in steps, and a bar of the whole turn with the range and the position in it. */
export function jointLines(joints: readonly JointProgress[], isCheck: boolean): string[] {
  const head = `${'joint'.padEnd(14)}${'min'.padStart(6)}${'now'.padStart(6)}${'max'.padStart(6)}  `;
  return [head, ...joints.map(({ motor, position, min, max, problem, hasMoved }) => `${motor.padEnd(14)}${String(min).padStart(6)}${String(position).padStart(6)}${String(max).padStart(6)}  ${bar(position, min, max)} ${isCheck ? (hasMoved ? 'moved' : '') : problem === null ? 'ok' : problem === 'recentre' ? 'went across its end: back' : ''}`)];
}

function bar(position: number, min: number, max: number): string {
  const cell = (steps: number): number => Math.max(0, Math.min(BAR - 1, Math.floor((steps / STEPS_PER_TURN) * BAR)));
  return Array.from({ length: BAR }, (_, index) => (index === cell(position) ? '|' : index >= cell(min) && index <= cell(max) ? '=' : '.')).join('');
}
