import { systemClock } from '../../main/system-clock.ts';
import { LoopbackRoom } from '../../main/transport/loopback-room.ts';
import { describeTransport } from './transport-contract.ts';

for (const [name, conditions] of [
  ['LoopbackTransport', {}],
  ['LoopbackTransport with delay, jitter and loss', { delayMs: 3, jitterMs: 5, loss: 0.05, retransmitMs: 10 }],
] as const) {
  describeTransport(name, {
    unreachableUrl: 'loopback:elsewhere',
    create: () => {
      const room = new LoopbackRoom({ clock: systemClock, conditions });
      return Promise.resolve({
        join(identity, options) {
          const transport = room.join(identity, options);
          return Promise.resolve({ transport, url: transport.url, token: transport.token });
        },
        close() {
          room.close();
          return Promise.resolve();
        },
      });
    },
  });
}
