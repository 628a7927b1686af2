/** Who may route control on a robot. */
export type ClaimPolicy =
  | { kind: 'anyone' }
  /** Only these may claim, and only for one of these. */
  | { kind: 'listed'; identities: readonly string[] }
  /** Supervisors may claim for anybody; the operator in control may hand it on. */
  | { kind: 'supervisors-and-holder'; supervisors: readonly string[] }
  /** Only the robot's own window, command line or program. */
  | { kind: 'host-only' };

/** A claim as the robot sees it. */
export interface Claim {
  /** Identity the server vouches for; empty for a hidden participant. */
  caller: string;
  /** Who shall drive; null = nobody. */
  target: string | null;
  /** Who drives now; null = nobody. */
  holder: string | null;
  roster: { has(identity: string): boolean; readonly robot: { identity: string } | null };
}

/** `reason` is a sentence for the caller. */
export type ClaimVerdict = { allowed: true } | { allowed: false; reason: string };

const ALLOWED: ClaimVerdict = { allowed: true };

/** Whether a claim that came over the room is granted. What the robot's own program asks for needs no permission. */
export function mayClaim(policy: ClaimPolicy, { caller, target, holder, roster }: Claim): ClaimVerdict {
  if (caller === '') return refused('A participant without an identity cannot claim control.');
  if (target === null) return caller === holder ? ALLOWED : mayRoute(policy, caller, holder);
  const route = mayRoute(policy, caller, holder);
  if (!route.allowed) return route;
  if (target === roster.robot?.identity) return refused(`${quote(target)} is the robot, which cannot drive itself.`);
  // The caller is here, for the server carried its call; its announcement may take a moment longer.
  if (target !== caller && !roster.has(target)) return refused(`${quote(target)} is not in the room.`);
  if (policy.kind === 'listed' && !policy.identities.includes(target)) return refused(`${quote(target)} is not on this robot's list of operators.`);
  return ALLOWED;
}

/** Whether the caller may decide at all. */
function mayRoute(policy: ClaimPolicy, caller: string, holder: string | null): ClaimVerdict {
  switch (policy.kind) {
    case 'anyone':
      return ALLOWED;
    case 'listed':
      return policy.identities.includes(caller) ? ALLOWED : refused(`${quote(caller)} is not on this robot's list of operators.`);
    case 'supervisors-and-holder':
      if (policy.supervisors.includes(caller) || caller === holder) return ALLOWED;
      return refused(`Only a supervisor${holder === null ? '' : ` or ${quote(holder)}, who drives now,`} may give control on this robot.`);
    case 'host-only':
      return refused('Control is given at the robot itself only.');
  }
}

function refused(reason: string): ClaimVerdict {
  return { allowed: false, reason };
}

/** Identities come from the room: a long one must not become a long error. */
function quote(identity: string): string {
  return `'${identity.length > 60 ? `${identity.slice(0, 60)}…` : identity}'`;
}
