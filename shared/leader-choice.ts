import type { ArmUnits } from './station-config-leader.ts';

/** What a person at the console drives with. */
export const CHOOSABLE_LEADERS = ['none', 'sim', 'keyboard', 'gamepad', 'so101'] as const;
export type ChoosableLeader = (typeof CHOOSABLE_LEADERS)[number];

/**
 * How a leader comes to drive. `ramp`: at once, the robot approaches it. `still`: once it was held still in the robot's pose.
 * `guide`: its own motors bring it there first.
 */
export const ENGAGE_MODES = ['ramp', 'still', 'guide'] as const;
export type EngageMode = (typeof ENGAGE_MODES)[number];

/** The leader as it is chosen in the window, and remembered. The last five matter for an arm, or for what drives without one. */
export interface LeaderChoice {
  kind: ChoosableLeader;
  /** Of an arm: a port's path, or `usb:` and its adapter's serial number; empty = not chosen yet. */
  port: string;
  /** Of an arm: path of its calibration file; empty = not chosen yet. */
  calibration: string;
  units: ArmUnits;
  engage: EngageMode;
  /** Commands are sent only while the deadman key or button is held. */
  deadman: boolean;
}

/** A key or button that has to be held is the rule for what drives without an arm in the hand; a simulated leader moves only while it is dragged. */
export function defaultChoice(kind: ChoosableLeader): LeaderChoice {
  return { kind, port: '', calibration: '', units: 'degrees', engage: kind === 'so101' ? 'still' : 'ramp', deadman: kind === 'keyboard' || kind === 'gamepad' };
}

/** A serial port that an arm may be behind. */
export interface ArmPort {
  /** What the port is remembered by: `usb:` and its adapter's serial number, else its path. */
  key: string;
  path: string;
  /** What the adapter calls itself; empty where it does not. */
  name: string;
  /** The arm that was set up there, and its calibration file; empty = none was, or it has none. */
  arm: string;
  calibration: string;
}

/** An arm's calibration file among lerobot's. */
export interface CalibrationFile {
  /** The arm's name. */
  id: string;
  path: string;
}

/** Arms of one kind to choose from on this machine. */
export interface ArmOffers {
  ports: ArmPort[];
  calibrations: CalibrationFile[];
}
