import type { HostingView } from '../../shared/hosting.ts';
import type { HostState, SafetyDescription } from '../../shared/portal/host-state.ts';
import type { BannerText } from './banner.ts';

/** A servo that started anew has no torque: it is taken hold of when somebody says so, and supports the arm. */
export function armHasLetGo({ fault }: HostState): boolean {
  return fault === 'TORQUE_LOST';
}

/** The robot's word and who drives, as its own host sees it. */
export function hostBanner({ phase, host, url, endsWithinMs }: Pick<HostingView, 'phase' | 'host' | 'url' | 'endsWithinMs'>): BannerText {
  if (phase === 'stopping') return ending(host, endsWithinMs);
  if (host === null) return { word: 'DISCONNECTED', tone: 'away', sentence: 'Starting the robot host', detail: 'arm and cameras are opened first' };
  const { state, driver } = host;
  const who = driver === null ? 'Nobody drives' : `${driver} drives`;
  const detail = state.reason === '' || /^nobody/u.test(state.reason) ? '' : state.reason;
  switch (state.word) {
    case 'DISCONNECTED':
      return { word: 'DISCONNECTED', tone: 'away', sentence: url === null ? 'Not in the session, the arm holds' : 'The arm is not ready', detail };
    case 'STOPPED':
      return { word: 'STOPPED', tone: 'stopped', sentence: `Stopped ${state.reason}`.trim(), detail: 'every command is ignored until you clear the stop' };
    case 'HOLDING':
      if (state.fault !== undefined) return { word: 'HOLDING', tone: 'holding', sentence: sentenceOf(state.reason), detail: armHasLetGo(state) ? 'support the arm, then take hold of it' : 'the arm is held until this is over' };
      return { word: 'HOLDING', tone: 'holding', sentence: driver === null ? 'Nobody drives' : `${driver} has control, the arm holds`, detail: detail || 'the arm keeps its pose' };
    case 'ALIGNING':
      return { word: 'ALIGNING', tone: 'aligning', sentence: state.task === undefined ? `The arm moves towards the command of ${driver ?? 'nobody'}` : 'The arm moves by itself', detail };
    case 'ACTIVE':
      return { word: 'ACTIVE', tone: 'other', sentence: who, detail };
  }
}

function ending(host: HostingView['host'], endsWithinMs: number | null): BannerText {
  const deadline = endsWithinMs === null ? '' : `; after ${endsWithinMs / 1000} s it is ended by force, and the arm is held`;
  if (host?.state.task === 'park') return { word: host.state.word, tone: 'aligning', sentence: 'The arm parks, then hosting ends', detail: `STOP holds it where it is${deadline}` };
  return { word: 'DISCONNECTED', tone: 'away', sentence: 'Hosting ends', detail: `the robot host leaves${deadline}` };
}

function sentenceOf(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** What the arm does when its host is asked to end. */
export function leavingInWords({ onExit, rest }: SafetyDescription): string {
  switch (onExit) {
    case 'hold':
      return 'The arm holds where it is, torque on.';
    case 'release':
      return 'The arm is let go where it is, and sinks.';
    case 'park':
      return `The arm goes to ${rest === 'configured' ? 'the rest pose of its file' : rest === 'captured' ? 'the rest pose that was kept here' : 'the pose its kind is built with'}, and is let go there.`;
  }
}
