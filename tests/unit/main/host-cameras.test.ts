import { expect, it } from 'vitest';
import type { Camera } from '../../../main/devices/device.ts';
import { HostCameras } from '../../../main/host-cameras.ts';
import type { StationEvent } from '../../../main/ports.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { VideoFrame } from '../../../shared/portal/types.ts';
import { ManualClock } from './manual-clock.ts';

/** A camera that gives a picture when the test says so. */
class HandCamera implements Camera {
  readonly width = 2;
  readonly height = 2;
  readonly fps = 20;
  readonly name: string;
  stuck: PortalError | null = null;
  onFrame: (frame: VideoFrame) => void = () => undefined;
  onTrouble: (error: PortalError | null) => void = () => undefined;
  constructor(name: string) {
    this.name = name;
  }
  open(onFrame: (frame: VideoFrame) => void, onTrouble: (error: PortalError | null) => void = () => undefined): Promise<void> {
    this.onFrame = onFrame;
    this.onTrouble = onTrouble;
    return Promise.resolve();
  }
  close(): Promise<void> {
    return this.stuck === null ? Promise.resolve() : Promise.reject(this.stuck);
  }
  shoot(timestampUs: number): void {
    this.onFrame({ track: this.name, width: 2, height: 2, format: 'rgb24', data: new Uint8Array(12), timestampUs });
  }
}

async function bench(names: string[]) {
  const clock = new ManualClock();
  const states: number[] = [];
  const events: StationEvent[] = [];
  const made = names.map((name) => new HandCamera(name));
  const output = { event: (event: StationEvent) => events.push(event), status: () => undefined, note: () => undefined };
  const cameras = new HostCameras(made, { clock, output, stateHz: 20, sendState: (atUs) => states.push(atUs), sendFrame: () => undefined });
  await cameras.open();
  return { clock, states, events, cameras, front: made[0] as HandCamera, wrist: made[1] as HandCamera };
}

it('sends one state a picture of the first camera, with its time, and none of its own beside them', async () => {
  const { clock, states, front, wrist } = await bench(['front', 'wrist']);
  const times: number[] = [];
  for (let count = 0; count < 40; count += 1) {
    const atUs = clock.nowUs() - 7000;
    times.push(atUs);
    front.shoot(atUs);
    wrist.shoot(atUs);
    clock.advance(50);
  }
  expect(states).toEqual(times);
});

it('goes on with states while the first camera is lost, and follows it again when it is back', async () => {
  const { clock, states, events, cameras, front } = await bench(['front', 'wrist']);
  front.shoot(clock.nowUs());
  front.onTrouble(new PortalError('CAMERA_FAILED', 'unplugged'));
  states.length = 0;
  clock.advance(2000);
  expect(states.length).toBeGreaterThan(30);
  expect(cameras.status[0]).toMatchObject({ name: 'front', trouble: { message: 'unplugged' } });
  states.length = 0;
  front.onTrouble(null);
  front.shoot(clock.nowUs());
  clock.advance(200);
  expect(states).toHaveLength(1);
  expect(cameras.status[0]?.trouble).toBeNull();
  expect(events.map((event) => (event.event === 'warning' ? event.tag : ''))).toEqual(['camera-lost', 'camera-back']);
});

it('sends states by the clock where there is no camera', async () => {
  const { clock, states } = await bench([]);
  clock.advance(1000);
  expect(states.length).toBeGreaterThanOrEqual(19);
});

it('closes all the same when one of them cannot be ended, and says what is left behind', async () => {
  const { events, cameras, front } = await bench(['front', 'wrist']);
  front.stuck = new PortalError('CAMERA_FAILED', 'it does not end', { got: 'process 7' });
  await cameras.close();
  expect(events).toEqual([{ event: 'warning', tag: 'camera-stuck', message: 'camera front: CAMERA_FAILED: it does not end; got process 7 It is left behind.', count: 1 }]);
});
