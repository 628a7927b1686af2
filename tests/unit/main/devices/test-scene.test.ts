import { describe, expect, it } from 'vitest';
import { SO101_JOINTS } from '../../../../shared/so101-joints.ts';
import { TestScene } from '../../../../main/devices/test-scene.ts';
import { TEST_CAMERA_VIEWS } from '../../../../shared/station-config-cameras.ts';
import { decodeStrip, i420Sampler } from '../../../../shared/timestamp-strip.ts';

const NOW_US = 1_795_463_412_345_678;
const REST = Object.fromEntries(SO101_JOINTS.map((feature) => [feature.name, feature.rest]));

function differingShare(a: Uint8Array, b: Uint8Array, pixels: number): number {
  let differing = 0;
  for (let at = 0; at < pixels; at += 1) if (Math.abs((a[at] ?? 0) - (b[at] ?? 0)) > 30) differing += 1;
  return differing / pixels;
}

describe('what the test camera draws', () => {
  for (const view of TEST_CAMERA_VIEWS) {
    it(`shows every joint moving (${view})`, () => {
      const scene = new TestScene({ width: 640, height: 480, view, label: 'front' });
      const before = scene.draw(REST, NOW_US);
      // Above the readout and the strip, so that the arm itself has to change.
      const pixels = 640 * 300;
      expect(differingShare(before, scene.draw(REST, NOW_US), pixels)).toBe(0);
      for (const { name, min, max } of SO101_JOINTS) {
        const moved = scene.draw({ ...REST, [name]: (REST[name] ?? 0) + (max - min) / 5 }, NOW_US);
        expect(differingShare(before, moved, pixels), name).toBeGreaterThan(0.0004);
      }
    });
  }

  it('carries its capture time, whatever the arm does', () => {
    for (const [width, height] of [[160, 120], [320, 240], [640, 480], [1280, 720]] as const) {
      for (const view of TEST_CAMERA_VIEWS) {
        const scene = new TestScene({ width, height, view, label: view });
        for (const lift of [-100, 0, 100]) {
          const picture = scene.draw({ ...REST, 'shoulder_lift.pos': lift, 'elbow_flex.pos': 90 }, NOW_US + lift);
          expect(decodeStrip(i420Sampler(picture, width), { x: 0, y: 0, width, height })).toBe(NOW_US + lift);
        }
      }
    }
  });

  it('draws poses far outside the picture without harm', () => {
    const scene = new TestScene({ width: 160, height: 120, view: 'wrist', label: 'wrist' });
    expect(scene.draw({ 'shoulder_lift.pos': 1e9, 'gripper.pos': -1e9, other: Number.NaN }, NOW_US).byteLength).toBe(28_800);
  });
});
