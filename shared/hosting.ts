import type { ArmLeft } from './arm-left.ts';
import type { ArmHealth } from './portal/arm-health.ts';
import type { PortalErrorShape } from './portal/errors.ts';
import type { HostState, JointDescription, SafetyDescription } from './portal/host-state.ts';

/** Hosting a robot from the window: what the robot host's process says of itself, and what the page shows of it. */

export interface HostCameraView {
  name: string;
  /** 0 until the first picture where only that one tells. */
  width: number;
  height: number;
  /** Pictures in the last second. */
  perS: number;
  /** Why it gives none; null = it does, or has only just begun. */
  trouble: PortalErrorShape | null;
}

/** Several times a second from a robot host to the window that started it. */
export interface HostView {
  state: HostState;
  driver: string | null;
  operators: string[];
  /** By feature name, in the joint's unit; empty before the arm was read. */
  positions: Record<string, number>;
  cameras: HostCameraView[];
  executed: number;
  refused: number;
}

/** A line of what a station.yaml means, in words. */
export interface PlanLine {
  about: string;
  text: string;
  /** Worth a second look. */
  isNote?: boolean;
}

export interface HostingEvent {
  id: number;
  timestampUs: number;
  level: 'info' | 'warn' | 'error';
  text: string;
}

/** `failed` = idle again, with `error`. */
export type HostingPhase = 'idle' | 'starting' | 'hosting' | 'stopping' | 'failed';

/** How a hosted robot signed in last, without what is secret of it. */
export interface RememberedAccess {
  /** `configured`: only an end-to-end key was typed. */
  way: 'configured' | 'key' | 'token' | 'endpoint';
  /** Of the server or the token endpoint; null = as configured. */
  url: string | null;
  /** With an end-to-end key. */
  isEncrypted: boolean;
}

/** All that the page shows. */
export interface HostingView {
  phase: HostingPhase;
  /** Path of the station.yaml; null = none, a simulated arm. */
  configFile: string | null;
  plan: PlanLine[];
  /** Why the file cannot be used. */
  planError: PortalErrorShape | null;
  /** Of the file, else what was asked for. */
  session: string;
  /** The server's address once it has joined; null = not in the session at this moment. */
  url: string | null;
  error: PortalErrorShape | null;
  /** Whose packets cannot be decrypted and what to do, as a sentence; null = nobody's. */
  encryptionTrouble: string | null;
  /** How the host that ended last left its arm, where somebody has to see to it; null = nothing is to be done. */
  armLeft: ArmLeft | null;
  /** While it is stopping: how long it may take before it is ended by force, ms. */
  endsWithinMs: number | null;
  joints: JointDescription[];
  safety: SafetyDescription | null;
  arm: ArmHealth | null;
  /** The host has told figures: from then on `arm` null means that it measures none. */
  hasReported: boolean;
  /** What the host said to the last word about its rest pose; empty = nothing yet. */
  restAnswer: string;
  host: HostView | null;
  events: HostingEvent[];
  /** What can be signed in with again, without typing; null = nothing. */
  remembered: RememberedAccess | null;
  /** What secrets are stored with; `memory` = not kept when the app quits. */
  secretStorage: 'system' | 'memory';
  /** False where this program cannot start another one. */
  canHost: boolean;
}

/** A word to the host's own terminal. */
export const HOST_WORDS = ['stop', 'clear', 'home', 'rearm', 'rest', 'forget-rest'] as const;
export type HostWord = (typeof HOST_WORDS)[number];
