import type { Clock } from '../../shared/portal/clock.ts';
import type { FieldSpec } from '../../shared/portal/config.ts';
import type { BusArmSettings, DevicePorts } from '../ports.ts';
import { armOffers } from './arm-offers.ts';
import { createCamera, type CameraParts } from './cameras.ts';
import { FeetechBus } from './feetech/bus.ts';
import { parseCalibration } from './feetech/calibration.ts';
import { So101Follower } from './feetech/so101-follower.ts';
import { So101Leader } from './feetech/so101-leader.ts';
import { motorNames, SO101_MOTORS, so101Joints, type So101Joint } from './feetech/so101-motors.ts';
import { JogLeader } from './jog-leader.ts';
import { ScriptedLeader } from './scripted-leader.ts';
import { SerialLink } from './serial-link.ts';
import { SimArm } from './sim-arm.ts';
import { SimLeader } from './sim-leader.ts';
import { jointNameIn, so101JointsNamedBy } from '../../shared/so101-joints.ts';

/** Which opener serves which kind of a configuration. */
export function createDevices(clock: Clock, cameras: CameraParts): DevicePorts {
  return {
    follower(arm, fields, warn) {
      if (arm === null) return new SimArm(clock, so101JointsNamedBy(fields));
      const joints = jointsOf(arm, fields);
      return new So101Follower(busOf(arm, joints, clock), joints, arm.calibration.file, clock, warn);
    },
    busLeader(arm, fields, warn) {
      const joints = jointsOf(arm, fields);
      return new So101Leader(busOf(arm, joints, clock), joints, arm.calibration.file, clock, warn);
    },
    simLeader: (joints) => new SimLeader(clock, joints),
    jogLeader: (joints, options) => new JogLeader(clock, new SimLeader(clock, joints), options),
    leaderOffers: () => armOffers('leader', null),
    scriptedLeader: (fields) => new ScriptedLeader(clock, so101JointsNamedBy(fields)),
    camera: (config, pose) => createCamera(config, pose, clock, cameras),
  };
}

function busOf({ port }: BusArmSettings, joints: readonly So101Joint[], clock: Clock): FeetechBus {
  return new FeetechBus(new SerialLink(port), clock, motorNames(joints));
}

function jointsOf({ calibration, units }: BusArmSettings, fields: readonly FieldSpec[]): So101Joint[] {
  const joints = so101Joints(parseCalibration(calibration.text, SO101_MOTORS, calibration.file), units);
  return joints.map((joint) => ({ ...joint, feature: { ...joint.feature, name: jointNameIn(fields, joint.feature.name) } }));
}
