import type { ArmKind } from './arm-kind.ts';
import type { PortalErrorShape } from './portal/errors.ts';

/** What the page that sets up arms shows; main owns it, the window mirrors it whole. */

export interface ArmPort {
  path: string;
  /** As it is remembered: `usb:SERIAL`, or its name where the adapter has no serial number. */
  key: string;
  /** The adapter is one that SO-101 boards have. */
  mayBeArm: boolean;
  /** It came while the page was open: the arm that was just plugged in. */
  isNew: boolean;
  /** The arm that was set up on it. */
  known: { kind: ArmKind; id: string } | null;
  /** What it answered when it was asked; null = not asked yet. */
  answer: { motors: number; volts: number | null; kind: ArmKind | null; error: PortalErrorShape | null } | null;
}

/** A joint while it is calibrated, encoder steps from 0 to 4095. */
export interface ArmJoint {
  motor: string;
  position: number;
  min: number;
  max: number;
  /** What its sweep lacks: it was not moved from stop to stop, or its middle was badly chosen; null = good. */
  problem: 'unmoved' | 'recentre' | null;
  hasMoved: boolean;
}

export interface ArmCalibrationFile {
  kind: ArmKind;
  id: string;
  path: string;
  /** When it was replaced by a newer one beside it; null = it is the present one. */
  replaced: string | null;
}

export interface ArmMotorStep {
  motor: string;
  id: number;
  status: 'waiting' | 'next' | 'done' | 'skipped';
}

/** `ready`: nothing was touched. From `middle` on the arm is limp. `check`: written and saved. */
export type CalibrationPhase = 'ready' | 'middle' | 'sweep' | 'gripper' | 'check';

/** What a task of one step came to. */
export interface ArmResult {
  sentence: string;
  path: string | null;
  backup: string | null;
  /** Where file and motors differ, one sentence each. */
  differences: readonly string[];
}

export type ArmTask = 'motors' | 'calibrate' | 'import' | 'fromMotors' | 'apply' | 'check';

export interface ArmSetupView {
  /** What is being done now, for instance "looking at 500000 baud"; null = waiting for the person. */
  doing: string | null;
  error: PortalErrorShape | null;
  ports: readonly ArmPort[];
  calibrations: readonly ArmCalibrationFile[];
  /** Where calibrations are saved. */
  root: string;
  /** The arm that is being worked on. */
  arm: { kind: ArmKind; id: string; port: string } | null;
  motors: { steps: readonly ArmMotorStep[]; isChain: boolean; isDone: boolean } | null;
  calibration: { phase: CalibrationPhase; joints: readonly ArmJoint[]; path: string; backup: string | null; warnings: readonly string[] } | null;
  /** What happens to the arm once the person goes on; null = nothing is waiting for that. */
  confirm: string | null;
  /** What to know of the arm's motors, which are used all the same, a sentence each. */
  warnings: readonly string[];
  result: ArmResult | null;
}
