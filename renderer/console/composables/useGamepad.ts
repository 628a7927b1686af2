import { onScopeDispose } from 'vue';
import type { ReportPayload } from '../../../shared/ipc.ts';
import { padInput } from '../gamepad-map.ts';

/** Main forgets an input after 150 ms. */
const LOOK_EVERY_MS = 25;

export interface GamepadOptions {
  /** Joints that the pad moves, in order. */
  joints(): readonly string[];
  /** Whether a gamepad is the leader. */
  isEnabled(): boolean;
  tell(input: ReportPayload<'leaderInput'>): void;
}

/** The first gamepad as a leader. A pad that is gone says nothing, which main takes for its loss; without the window's focus it asks for nothing. */
export function useGamepad({ joints, isEnabled, tell }: GamepadOptions): void {
  const timer = setInterval(() => {
    if (!isEnabled()) return;
    const pad = navigator.getGamepads().find((one) => one?.connected === true);
    if (pad === undefined || pad === null) return;
    const input = padInput(pad, joints());
    tell(document.hasFocus() ? { source: 'gamepad', ...input } : { source: 'gamepad', velocities: {}, isFast: false, isHeld: false });
  }, LOOK_EVERY_MS);
  onScopeDispose(() => clearInterval(timer));
}
