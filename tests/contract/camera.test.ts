import { TestCamera } from '../../main/devices/test-camera.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';
import { cameraContract } from './camera-suite.ts';

for (const [width, height, fps] of [
  [640, 480, 30],
  [160, 120, 12],
] as const) {
  cameraContract(`the test camera at ${width}x${height}`, () => {
    const clock = new ManualClock();
    const camera = new TestCamera({ name: 'front', width, height, fps, view: 'front', clock, pose: () => ({ 'gripper.pos': 10 }) });
    return { camera, nowUs: () => clock.nowUs(), pass: (ms) => Promise.resolve(clock.advance(ms)) };
  });
}
