import type { LeaderChoice } from '../shared/leader-choice.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { PortalConfig } from '../shared/portal/config.ts';
import { PortalError } from '../shared/portal/errors.ts';
import type { ArmWarning, JointFeature, LeaderArm } from './devices/device.ts';
import type { DevicePorts } from './ports.ts';

export interface LeaderMaking {
  clock: Clock;
  devices: DevicePorts;
  /** Throws FILE_UNREADABLE. */
  readText(path: string): string;
  jogUnitsPerS: number;
  portal: PortalConfig;
  /** What a leader without an arm can move. */
  features: readonly JointFeature[];
  /** What a person should know of an arm that is used all the same. */
  warn: ArmWarning;
}

/** The leader that was chosen, not yet open. Throws DEVICE_FAILED, CONFIG_INVALID, FILE_UNREADABLE or CALIBRATION_INVALID. */
export function makeLeader(choice: LeaderChoice, { devices, readText, jogUnitsPerS, portal, features, warn }: LeaderMaking): LeaderArm {
  switch (choice.kind) {
    case 'none':
      return devices.simLeader([]);
    case 'sim':
      return devices.simLeader(features);
    case 'keyboard':
    case 'gamepad':
      return devices.jogLeader(features, { unitsPerS: jogUnitsPerS, needsInput: choice.kind === 'gamepad' });
    case 'so101':
      return madeArm(choice, devices, { readText, portal, warn });
  }
}

function madeArm({ port, calibration, units }: LeaderChoice, devices: DevicePorts, { readText, portal, warn }: Pick<LeaderMaking, 'readText' | 'portal' | 'warn'>): LeaderArm {
  if (port === '') throw new PortalError('DEVICE_FAILED', 'No port was chosen for the leader', { fix: 'Plug the arm in and choose its port.' });
  if (calibration === '') throw new PortalError('CALIBRATION_INVALID', 'No calibration file was chosen for the leader', { fix: 'Choose the file that belongs to this arm, or calibrate it.' });
  const arm = devices.busLeader({ port, calibration: { file: calibration, text: readText(calibration) }, units }, portal.action, warn);
  const joints = arm.features.map(({ name }) => name);
  const missing = portal.action.map(({ name }) => name).filter((name) => !joints.includes(name));
  if (missing.length === 0) return arm;
  throw new PortalError('CONFIG_INVALID', `This robot has joints that the leader has not: ${missing.join(', ')}`, { expected: joints.join(', '), got: portal.action.map(({ name }) => name).join(', '), fix: 'Choose another leader for this robot.' });
}
