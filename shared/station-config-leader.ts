import { z } from 'zod';

/** The `leader` section of `station.yaml`: where an operator's actions come from. */

/** `auto`: none in a headless role; in the console what was chosen in the window. */
export const LEADER_KINDS = ['auto', 'sim', 'scripted', 'keyboard', 'gamepad', 'none'] as const;
export type LeaderKind = (typeof LEADER_KINDS)[number];

/** How an arm's body joints are counted; datasets and policies of lerobot up to 0.4.3 are in `m100_100`. */
export const ARM_UNITS = ['degrees', 'm100_100'] as const;
export type ArmUnits = (typeof ARM_UNITS)[number];

const path = z.string().min(1).max(4096);
/** An arm on a serial bus; what is left out is taken from how the arm was set up on this machine. */
export const busArm = {
  /** A path, or `usb:SERIAL` of its adapter. */
  port: path.optional(),
  /** Its lerobot calibration file, relative to this file. */
  calibration: path.optional(),
  /** The name by which lerobot's folders have its calibration. */
  id: z.string().min(1).max(100).optional(),
};

const leaderLoop = {
  /** How often the leader is read and a command sent. */
  rate_hz: z.number().min(1).max(200).default(100),
  /** Claims control when the robot is there and nobody drives. */
  claim: z.boolean().default(false),
  /** How an arm comes to drive. Null: in the console `still` for an arm, `ramp` for the others; headless `ramp`, but `still` once it was unplugged, or the robot moved by itself. */
  engage: z.enum(['ramp', 'still', 'guide']).nullable().default(null),
  /** How far leader and robot may be apart on any joint when it engages, in the joint's unit. */
  engage_units: z.number().min(1).max(90).default(10),
  /** Console: `key` = commands go out only while it is held (Space or a pedal that sends it; LB of a gamepad). Null: `key` for keyboard and gamepad. */
  deadman: z.enum(['key', 'none']).nullable().default(null),
  /** Console: speed of keyboard and gamepad, in the joint's unit a second; three times that with Shift. */
  jog_units_per_s: z.number().min(1).max(100).default(25),
};

const leader = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(LEADER_KINDS), ...leaderLoop }),
  z.strictObject({ kind: z.enum(['so101_leader', 'so100_leader']), ...busArm, ...leaderLoop }),
]);
export type LeaderConfig = z.infer<typeof leader>;
/** The leader is an arm on a serial bus. */
export type LeaderArmConfig = Extract<LeaderConfig, { kind: `so10${string}` }>;

export function isLeaderArm(config: LeaderConfig): config is LeaderArmConfig {
  return config.kind === 'so101_leader' || config.kind === 'so100_leader';
}

/** A leader that says only how it is used is whichever there is. */
function withLeaderKind(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('kind' in value) ? { kind: 'auto', ...value } : value;
}

export const leaderSection = z.preprocess(withLeaderKind, leader).prefault({ kind: 'auto' });
export const LEADER_KEYS: readonly string[] = ['kind', ...Object.keys(busArm), ...Object.keys(leaderLoop)];
