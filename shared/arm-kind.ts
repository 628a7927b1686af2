/** What an arm is in teleoperation: moved by a person, or driven. */
export const ARM_KINDS = ['leader', 'follower'] as const;
export type ArmKind = (typeof ARM_KINDS)[number];
