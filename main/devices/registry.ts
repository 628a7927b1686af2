import type { Clock } from '../../shared/portal/clock.ts';
import { TEST_CAMERA_VIEWS } from '../../shared/station-config.ts';
import type { DevicePorts } from '../ports.ts';
import { ScriptedLeader } from './scripted-leader.ts';
import { SimArm } from './sim-arm.ts';
import { SimLeader } from './sim-leader.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { TestCamera } from './test-camera.ts';

/** Which opener serves which kind of a configuration. */
export function createDevices(clock: Clock): DevicePorts {
  return {
    follower: () => new SimArm(clock),
    simLeader: (joints) => new SimLeader(clock, joints),
    scriptedLeader: () => new ScriptedLeader(clock, SO101_JOINTS),
    camera: ({ name, width, height, fps, view }, pose) =>
      new TestCamera({ name, width, height, fps, view: view ?? TEST_CAMERA_VIEWS.find((known) => known === name) ?? 'front', clock, pose }),
  };
}
