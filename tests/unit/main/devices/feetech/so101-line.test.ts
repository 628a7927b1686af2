import { describe, expect, it } from 'vitest';
import { So101Follower } from '../../../../../main/devices/feetech/so101-follower.ts';
import { memoryArm } from '../../../../fakes/sim-so101-arm.ts';
import { ManualClock } from '../../manual-clock.ts';

async function opened() {
  const clock = new ManualClock();
  const arm = memoryArm('follower', clock);
  const follower = new So101Follower(arm.bus, arm.joints, 'arm.json', clock);
  await follower.open();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const outcome = (): Promise<string> => follower.read().then(() => 'read', (error: { code: string }) => error.code);
  return { clock, arm, follower, settle, outcome };
}

describe('the line to an arm', () => {
  it('that is closed while it is opened again stays closed', async () => {
    const { clock, arm, follower, settle, outcome } = await opened();
    arm.link.unplug();
    expect(await outcome()).toBe('PORT_LOST');
    arm.link.plugIn();
    clock.advance(1500);
    const reopening = outcome();
    await follower.close();
    await reopening;
    await settle();
    expect(await outcome()).toBe('DEVICE_FAILED');
    clock.advance(1500);
    await outcome();
    await settle();
    expect(await outcome(), 'nobody wants it open').toBe('DEVICE_FAILED');
  });

  it('is opened again also after the clock was set back', async () => {
    const { clock, arm, settle, outcome } = await opened();
    arm.link.unplug();
    expect(await outcome()).toBe('PORT_LOST');
    arm.link.plugIn();
    clock.step(-3_600_000);
    await outcome();
    await settle();
    expect(await outcome()).toBe('read');
  });
});
