import { createServer } from 'node:http';

// In the place of livekit-server: never lets anybody into a room. With the argument `rooms` it is found to be ours, without it not even that.
const { port } = JSON.parse(process.env.LIVEKIT_CONFIG ?? '{}');
const isFound = process.argv[2] === 'rooms';
createServer((request, response) => {
  if (isFound && request.url?.includes('/ListRooms')) response.end('{}');
})
  // An upgrade that nobody listens for would be refused.
  .on('upgrade', (_request, socket) => socket.on('error', () => undefined))
  .listen(port, '127.0.0.1');
