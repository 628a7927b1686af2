import { OTHER_SCHEMA, type ConsoleState } from '../../shared/console-state.ts';
import { formatMs } from './format.ts';
import type { Figure, Level } from './health-figures.ts';

export interface Diagnosis {
  level: Level;
  text: string;
}

/** What a figure that is out of bounds means, by its id. */
const REMARKS: Readonly<Record<string, string>> = {
  'obs-rate': 'Too few observations: the link or a computer is busy.',
  'match-p95': 'Frames and states lie far apart: check the camera’s frame rate.',
  'action-p50': 'Whoever drives answers slowly.',
  'action-p95': 'Whoever drives sometimes answers slowly.',
  jitter: 'Frames come unevenly: the link or a computer is busy.',
  dropped: 'Some states found no frame: frames come late or too seldom.',
};

export type DiagnosisInput = Pick<ConsoleState, 'phase' | 'session' | 'host' | 'health' | 'metrics' | 'tracks'> & { frozen: readonly string[]; figures: readonly Figure[] };

/** The health panel in one sentence: the worst thing first, and what to do about it. */
export function diagnose({ phase, session, host, health, metrics, tracks, frozen, figures }: DiagnosisInput): Diagnosis {
  const warn = (text: string): Diagnosis => ({ level: 'warn', text });
  const bad = (text: string): Diagnosis => ({ level: 'bad', text });
  if (phase === 'reconnecting') return bad('The connection is lost. Figures are the last ones that came.');
  if (session?.robotIdentity == null) return warn('No robot is in the session. Start its robot host.');
  if (host.word === 'DISCONNECTED' && host.reason === OTHER_SCHEMA) return bad('The robot sends other fields: leave, and join with its portal.yaml.');
  if (session.encryptionTrouble !== null) return bad('The end-to-end encryption keys do not fit.');
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
  // Whatever else is lit must not stand beside "all is well".
  const lit = figures.find(({ level }) => level === 'bad') ?? figures.find(({ level }) => level === 'warn');
  if (lit !== undefined) return { level: lit.level, text: REMARKS[lit.id] ?? `${lit.label} is out of bounds.` };
  return { level: 'plain', text: 'All is well.' };
}
