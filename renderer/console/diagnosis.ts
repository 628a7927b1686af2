import type { ConsoleState } from '../../shared/console-state.ts';
import { formatMs } from './format.ts';
import type { Level } from './health-figures.ts';

export interface Diagnosis {
  level: Level;
  text: string;
}

export type DiagnosisInput = Pick<ConsoleState, 'phase' | 'session' | 'host' | 'health' | 'metrics' | 'tracks'> & { frozen: readonly string[] };

/** The health panel in one sentence: the worst thing first, and what to do about it. */
export function diagnose({ phase, session, host, health, metrics, tracks, frozen }: DiagnosisInput): Diagnosis {
  const warn = (text: string): Diagnosis => ({ level: 'warn', text });
  const bad = (text: string): Diagnosis => ({ level: 'bad', text });
  if (phase === 'reconnecting') return bad('The connection is lost. Figures are the last ones that came.');
  if (session?.robotIdentity == null) return warn('No robot is in the session. Start its robot host.');
  if (host.word === 'DISCONNECTED') return bad(`Nothing is heard of ${session.robotIdentity}. Check its machine and its network.`);
  const [still] = frozen;
  if (still !== undefined) return bad(`${still} is frozen: no frame for half a second.`);
  if (health.statesPerS === 0) return warn('The robot sends no state.');
  const blocker = metrics?.sync.last_blocker_track ?? null;
  if (tracks.length > 0 && health.observationsPerS === 0) return bad(`No observation is complete${blocker === null ? '' : `: ${blocker} is missing`}.`);
  const screen = health.captureToScreenP95Ms;
  if (screen !== null && screen > 200) return bad(`Pictures are ${formatMs(screen)} ms old. Lower their size or frame rate.`);
  if (health.rttMs !== null && health.rttMs > 200) return bad(`The link takes ${formatMs(health.rttMs)} ms there and back. Drive slowly.`);
  if (screen !== null && screen > 80) return warn(`Pictures are ${formatMs(screen)} ms old; below 80 ms feels direct.`);
  if (health.rttMs !== null && health.rttMs > 80) return warn(`The link takes ${formatMs(health.rttMs)} ms there and back.`);
  return { level: 'plain', text: 'All is well.' };
}
