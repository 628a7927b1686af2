/** How a robot host left its arm as it ended. */
export interface ArmLeft {
  /** `unknown`: it was to be let go, and not every motor has confirmed that. */
  torque: 'on' | 'off' | 'unknown';
  /** What its configuration asked for and did not come about; null = it did. */
  insteadOf: 'park' | 'release' | null;
  /** What stood against that; empty where nothing did. */
  reason: string;
}

/** For whoever stands at the arm; each a sentence. */
export interface ArmLeftWords {
  what: string;
  why: string;
  advice: string;
}

/** What has to be known of an arm that was not left as its configuration says; null = it was, and nobody needs to be told. */
export function armLeftInWords({ torque, insteadOf, reason }: ArmLeft): ArmLeftWords | null {
  if (torque === 'unknown') return { what: 'Not every motor was let go', why: asSentence(reason), advice: 'Support the arm, then cut its power.' };
  if (torque === 'off' || insteadOf === null) return null;
  const held = 'Its torque stays on: support the arm before you cut its power';
  return insteadOf === 'park'
    ? { what: 'The arm is held, not parked', why: asSentence(reason), advice: `${held}, or start hosting again and end it once more to park it.` }
    : { what: 'The arm is held, not let go', why: asSentence(reason), advice: `${held}.` };
}

/** Reasons are written to stand behind a colon. */
function asSentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/\.$/u, '')}.`;
}
