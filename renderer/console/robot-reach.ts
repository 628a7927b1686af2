import type { ConsoleState } from '../../shared/console-state.ts';

/** Whether the robot is here and heard: else nothing can be asked of it. */
export function isRobotReachable({ phase, session, host }: Pick<ConsoleState, 'phase' | 'session' | 'host'>): boolean {
  return phase === 'connected' && session?.robotIdentity != null && host.word !== 'DISCONNECTED';
}
