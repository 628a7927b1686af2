import { Room, RoomEvent, type RemoteTrack } from '@livekit/rtc-node';
import { afterEach, expect, it } from 'vitest';
import { readReceived } from '../../main/transport/decode-watch.ts';
import { validateConfig } from '../../shared/portal/config.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession } from '../fakes/portal-session.ts';

const SIZE = { width: 320, height: 240 };

describeWithServer('what the engine counts of a track', (server) => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => { for (const close of closers.splice(0).reverse()) await close(); });

  it('is packets and decoded pictures', async () => {
    const session = new PortalSession(server(), validateConfig({ session: 'decode', videos: [{ name: 'cam', codec: 'vp8' }] }));
    closers.push(() => session.close());
    const { robot } = await session.robot();
    const timer = setInterval(() => { robot.sendVideoFrame('cam', new Uint8Array(SIZE.width * SIZE.height * 3).fill(90), SIZE); }, 33);
    closers.push(() => clearInterval(timer));
    const room = new Room();
    closers.push(() => room.disconnect());
    const subscribed = new Promise<RemoteTrack>((resolve) => { room.on(RoomEvent.TrackSubscribed, resolve); });
    await room.connect(session.url, await session.token('viewer'), { autoSubscribe: true, dynacast: false });
    const track = await subscribed;
    const handle = track.ffi_handle.handle;
    await expect.poll(() => readReceived(handle), { timeout: 20_000 }).toMatchObject({ packets: expect.toSatisfy((packets: number) => packets > 0) as number, decoded: expect.toSatisfy((decoded: number) => decoded > 0) as number });
  });
});
