/** The part of a browser's `Gamepad` that is read; buttons and axes are those of its standard mapping. */
export interface PadState {
  axes: readonly number[];
  buttons: readonly { pressed: boolean; value: number }[];
}

/** Sticks do not come back to exactly the middle. */
const DEAD_ZONE = 0.15;
const BUTTON = { hold: 4, fast: 5, leftTrigger: 6, rightTrigger: 7, up: 12, down: 13 };
const AXIS = { leftX: 0, leftY: 1, rightX: 2, rightY: 3 };

/** How a pad moves the joints, in their order; forward on a stick is negative there. */
const MAP: readonly { label: string; read(pad: PadState): number }[] = [
  { label: 'L ↔', read: (pad) => -axis(pad, AXIS.leftX) },
  { label: 'L ↕', read: (pad) => -axis(pad, AXIS.leftY) },
  { label: 'R ↕', read: (pad) => -axis(pad, AXIS.rightY) },
  { label: 'pad ↕', read: (pad) => button(pad, BUTTON.up) - button(pad, BUTTON.down) },
  { label: 'R ↔', read: (pad) => axis(pad, AXIS.rightX) },
  { label: 'LT RT', read: (pad) => button(pad, BUTTON.leftTrigger) - button(pad, BUTTON.rightTrigger) },
];

export interface PadInput {
  velocities: Record<string, number>;
  isFast: boolean;
  isHeld: boolean;
}

/** What a pad asks for: shares of the jog speed by joint; LB is held to drive, RB makes it fast. */
export function padInput(pad: PadState, joints: readonly string[]): PadInput {
  const velocities: Record<string, number> = {};
  joints.forEach((joint, index) => {
    const share = MAP[index]?.read(pad) ?? 0;
    if (share !== 0) velocities[joint] = Math.min(1, Math.max(-1, share));
  });
  return { velocities, isFast: button(pad, BUTTON.fast) > 0, isHeld: button(pad, BUTTON.hold) > 0 };
}

/** What moves a joint, as it stands on the screen; empty = nothing does. */
export function padLabel(index: number): string {
  return MAP[index]?.label ?? '';
}

function axis({ axes }: PadState, index: number): number {
  const value = axes[index] ?? 0;
  if (!Number.isFinite(value) || Math.abs(value) < DEAD_ZONE) return 0;
  // From 0 at the edge of the dead zone, so that motion begins gently.
  return (Math.sign(value) * (Math.abs(value) - DEAD_ZONE)) / (1 - DEAD_ZONE);
}

function button({ buttons }: PadState, index: number): number {
  const found = buttons[index];
  // A button without travel may tell only that it is pressed.
  const value = found === undefined ? 0 : found.value > 0 ? found.value : Number(found.pressed);
  return Number.isFinite(value) && value >= DEAD_ZONE ? value : 0;
}
