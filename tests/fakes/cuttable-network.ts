import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** All of a participant's network to a local LiveKit server, signal and media, which can be cut and kept cut as by a pulled cable. */
export interface CuttableNetwork {
  /** What the participant connects to. */
  url: string;
  /** Whether media really went through here: else cutting would prove nothing. */
  hasCarriedMedia(): boolean;
  /** Everything vanishes from now on, without a word to either side. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** The server's media address in its offers: candidate lines, which the signal connection carries as plain text. */
const CANDIDATE = /(udp|tcp) \d+ 127\.0\.0\.1 (\d+) typ host/giu;

/**
 * A relay in user space. The server's candidates are rewritten on their way, to ports of ours with as many digits, so that
 * media passes here too; its TCP candidates lead nowhere.
 */
export async function startCuttableNetwork(serverUrl: string): Promise<CuttableNetwork> {
  const target = new URL(serverUrl);
  const media = await openUdp();
  const deadPort = String(media.address().port).replace(/^./u, '1');
  const flows = new Map<string, UdpSocket>();
  const sockets = new Set<Socket>();
  let serverPort: number | null = null;
  let carried = 0;
  let isCut = false;

  media.on('message', (bytes, from) => {
    if (isCut || serverPort === null) return;
    carried += 1;
    const key = `${from.address}:${from.port}`;
    let flow = flows.get(key);
    if (flow === undefined) {
      flow = createSocket('udp4');
      flow.on('message', (reply) => { if (!isCut) media.send(reply, from.port, from.address); }).on('error', () => undefined);
      flows.set(key, flow);
    }
    flow.send(bytes, serverPort, '127.0.0.1');
  });

  const rewrite = (bytes: Buffer): Buffer => {
    const text = bytes.toString('latin1');
    const changed = text.replace(CANDIDATE, (line: string, kind: string, port: string) => {
      if (kind.toLowerCase() === 'udp') serverPort = Number(port);
      const ours = kind.toLowerCase() === 'udp' ? String(media.address().port) : deadPort;
      // Lengths are written before the text: only as many digits may take their place.
      if (ours.length !== port.length) throw new Error(`the server's port ${port} has other digits than ${ours}`);
      return line.replace(` ${port} `, ` ${ours} `);
    });
    return Buffer.from(changed, 'latin1');
  };

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) sockets.add(socket);
    const pipe = (from: Socket, to: Socket, change: (bytes: Buffer) => Buffer): void => {
      from.on('data', (bytes: Buffer) => { if (!isCut) to.write(change(bytes)); });
      from.on('error', () => undefined).on('close', () => { sockets.delete(from); to.destroy(); });
    };
    pipe(near, far, withoutOwnCandidates());
    pipe(far, near, rewrite);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hasCarriedMedia: () => carried > 10,
    cut: () => { isCut = true; },
    mend: () => { isCut = false; },
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      for (const flow of flows.values()) flow.close();
      media.close();
      server.close(() => { resolve(); });
    }),
  };
}

/** The participant's own candidates would let the server reach it past the relay: their ports are turned into others. */
function withoutOwnCandidates(): (bytes: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  let isUpgraded = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const out: Buffer[] = [];
    if (!isUpgraded) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return Buffer.alloc(0);
      isUpgraded = true;
      out.push(rest.subarray(0, end + 4));
      rest = rest.subarray(end + 4);
    }
    for (;;) {
      const frame = maskedFrame(rest);
      if (frame === null) return Buffer.concat(out);
      const payload = rest.subarray(frame.at, frame.end);
      const xor = (data: Buffer): void => { for (let n = 0; n < data.length; n += 1) data[n] = (data[n] ?? 0) ^ (frame.mask[n % 4] ?? 0); };
      xor(payload);
      const text = payload.toString('latin1').replace(/((?:udp|tcp) \d+ \S+ )(\d+)( typ)/giu, (_, before: string, port: string, after: string) => `${before}${'1'.repeat(port.length)}${after}`);
      payload.write(text, 'latin1');
      xor(payload);
      out.push(rest.subarray(0, frame.end));
      rest = rest.subarray(frame.end);
    }
  };
}

/** Where the first WebSocket frame's payload is; null = it has not arrived whole. */
function maskedFrame(bytes: Buffer): { at: number; end: number; mask: Buffer } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const at = 2 + lengthBytes + 4;
  if (bytes.length < at) return null;
  const length = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length < at + length ? null : { at, end: at + length, mask: bytes.subarray(at - 4, at) };
}

/** On a port of five digits, as the server's own is. */
async function openUdp(): Promise<UdpSocket> {
  for (;;) {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve); });
    if (socket.address().port >= 20_000) return socket;
    socket.close();
  }
}
