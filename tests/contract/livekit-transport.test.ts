import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { describeTransport } from './transport-contract.ts';

describeWithServer('a real LiveKit server', (server) => {
  describeTransport('LivekitTransport', {
    unreachableUrl: 'ws://127.0.0.1:9',
    create: () => {
      const room = server().freshRoom();
      const transports: LivekitTransport[] = [];
      return Promise.resolve({
        async join(identity, options) {
          const transport = new LivekitTransport();
          transports.push(transport);
          const token = await server().token({ room, identity, attributes: options?.attributes ?? {}, grants: options?.grants ?? {} });
          return { transport, url: server().url, token };
        },
        async close() {
          await Promise.all(transports.map((transport) => transport.disconnect()));
        },
      });
    },
  });
});
