import type { HostState } from '../shared/portal/host-state.ts';
import type { ErrandRun } from './errand.ts';
import type { Ramp } from './ramp.ts';

/** What the safety layer does with the arm. */
export type SafetyPhase =
  | { kind: 'hold'; reason: string }
  /** A driver was accepted and has not sent an acceptable action yet. */
  | { kind: 'waiting'; sinceUs: number }
  /** Towards the driver's target. */
  | { kind: 'ramp'; ramp: Ramp }
  /** By itself; commands wait. */
  | { kind: 'errand'; run: ErrandRun }
  | { kind: 'follow' };

/** What is wrong with the arm, as an error says it. */
export interface ArmFault {
  code: string;
  message: string;
}

/** Flags that come and go with the supply or the warmth of a servo that is read all the while. */
const WATCHED = new Set(['VOLTAGE', 'OVERHEATED']);

/** Whether the arm could be watched in spite of it; null = nothing is wrong. */
export function isWatched(fault: ArmFault | null): boolean {
  return fault === null || WATCHED.has(fault.code);
}

/** Whether goals run ahead of the arm in it, so that a hold has to take its goal from where the arm is. */
export function isMoving({ word }: HostState): boolean {
  return word === 'ACTIVE' || word === 'ALIGNING';
}

export interface StateAbout {
  stoppedBy: string | null;
  isConnected: boolean;
  driver: string | null;
  fault: ArmFault | null;
}

/** The host's state: STOP before the session before a fault before what the arm does. An errand goes on without a session when the host leaves. */
export function describeState(phase: SafetyPhase, about: StateAbout): Omit<HostState, 'sinceUs'> {
  const state = wordOf(phase, about);
  return about.fault === null ? state : { ...state, fault: about.fault.code };
}

function wordOf(phase: SafetyPhase, about: StateAbout): Omit<HostState, 'sinceUs'> {
  if (about.stoppedBy !== null) return { word: 'STOPPED', reason: `by ${about.stoppedBy}` };
  if (!about.isConnected && phase.kind !== 'errand') return { word: 'DISCONNECTED', reason: 'not in a session' };
  // Whoever takes control of it meanwhile is told why it does not move.
  if (about.fault !== null) return { word: 'HOLDING', reason: about.fault.message };
  const who = about.driver ?? 'nobody';
  switch (phase.kind) {
    case 'hold':
      return { word: 'HOLDING', reason: phase.reason };
    case 'follow':
      return { word: 'ACTIVE', reason: '' };
    case 'errand':
      return { word: 'ALIGNING', reason: phase.run.doing, task: phase.run.errand.task };
    case 'waiting':
      return { word: 'ALIGNING', reason: `waiting for the first command of ${who}` };
    case 'ramp':
      return { word: 'ALIGNING', reason: `moving to the command of ${who}` };
  }
}
