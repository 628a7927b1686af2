import { randomBytes } from 'node:crypto';
import { PortalError } from '../../shared/portal/errors.ts';
import { findLivekitServer } from './find-server.ts';
import { freeTcpPort, freeUdpPort } from './free-port.ts';
import { isServerOurs } from './server-check.ts';
import { runServer, type ServerProcess } from './server-process.ts';

/** A LiveKit server started for us. */
export interface LocalServer {
  /** For programs on this machine. */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Ends it when it is ours to end; idempotent. */
  stop(): Promise<void>;
}

export interface LocalServerOptions {
  /** Signal port; default: one that is free. */
  port?: number;
  /** Address to listen on; default 127.0.0.1, so that nobody else on the network can join. `0.0.0.0` opens it on purpose. */
  bind?: string;
  /** Default: fresh ones. A server that comes back under its old address needs those of before, or no token works any more. */
  keys?: { apiKey: string; apiSecret: string };
  env?: NodeJS.ProcessEnv;
}

/** What a started server adds for those who share it. */
export interface OwnedServer extends LocalServer {
  pid: number;
  hasExited(): boolean;
}

const LOOPBACK = '127.0.0.1';
const START_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
/** Between looking for free ports and the server taking them, another program may be faster. */
const START_ATTEMPTS = 3;

/**
 * Starts a server with a key of its own and waits until it answers. It ends with this process, however that ends.
 * Rejects with SERVER_MISSING, PORT_IN_USE or SERVER_FAILED with the end of its log.
 */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<OwnedServer> {
  const env = options.env ?? process.env;
  const bind = options.bind ?? LOOPBACK;
  const program = findLivekitServer(env);
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(bind, options.port);
    const { apiKey, apiSecret } = options.keys ?? freshKeys();
    const child = runServer(program, { ...cleanEnv(env), LIVEKIT_CONFIG: serverConfig(bind, ports), LIVEKIT_KEYS: `${apiKey}: ${apiSecret}` });
    const url = `ws://${bind === '0.0.0.0' ? LOOPBACK : bind}:${ports.signal}`;
    if (await answers(child, { url, apiKey, apiSecret })) {
      return { url, apiKey, apiSecret, pid: child.pid, hasExited: child.hasExited, stop: child.stop };
    }
    await child.stop();
    const isRace = /address already in use|only one usage of each socket/i.test(child.logTail());
    if (isRace && options.port !== undefined) throw portInUse(options.port);
    if (!isRace || attempt >= START_ATTEMPTS) throw serverFailed(child);
  }
}

function freshKeys(): { apiKey: string; apiSecret: string } {
  return { apiKey: `PC${randomBytes(8).toString('hex')}`, apiSecret: randomBytes(32).toString('base64url') };
}

interface Ports {
  signal: number;
  tcp: number;
  udp: number;
}

async function choosePorts(bind: string, wanted: number | undefined): Promise<Ports> {
  const signal = await freeTcpPort(bind, wanted ?? 0).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && wanted !== undefined) throw portInUse(wanted);
    throw new PortalError('SERVER_FAILED', `cannot listen on ${bind}:${wanted ?? 'any port'}`, {
      got: error.message,
      fix: 'Choose an address of this machine and a port above 1023.',
      cause: error,
    });
  });
  let tcp = await freeTcpPort(bind);
  while (tcp === signal) tcp = await freeTcpPort(bind);
  return { signal, tcp, udp: await freeUdpPort(bind) };
}

/** One UDP and one TCP port for all media: two holes in a firewall instead of ten thousand. */
function serverConfig(bind: string, ports: Ports): string {
  const isLoopback = bind === LOOPBACK;
  // JSON is YAML too.
  return JSON.stringify({
    port: ports.signal,
    bind_addresses: [bind],
    rtc: {
      tcp_port: ports.tcp,
      udp_port: ports.udp,
      use_external_ip: false,
      enable_loopback_candidate: true,
      // Without a network the server finds no address of its own and does not start.
      ...(isLoopback ? { node_ip: LOOPBACK, ips: { includes: [`${LOOPBACK}/32`] } } : {}),
    },
    room: { auto_create: true, departure_timeout: 20 },
    logging: { level: 'info', json: false },
  });
}

/** Settings for another LiveKit server in our environment must not reach this one. */
function cleanEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = ['LIVEKIT_REGION', 'NODE_IP', 'UDP_PORT', 'REDIS_HOST', 'REDIS_PASSWORD', 'LIVEKIT_TURN_CERT', 'LIVEKIT_TURN_KEY'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.includes(name)));
}

async function answers(child: ServerProcess, address: { url: string; apiKey: string; apiSecret: string }): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && !child.hasExited()) {
    if (await isServerOurs(address)) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

function portInUse(port: number): PortalError {
  return new PortalError('PORT_IN_USE', `port ${port} is taken by another program`, {
    expected: `port ${port} to be free`,
    got: 'in use',
    fix: `End the program that uses port ${port}, choose another port, or leave it out to get a free one.`,
  });
}

function serverFailed(child: ServerProcess): PortalError {
  return new PortalError('SERVER_FAILED', 'the local LiveKit server did not start', {
    expected: `an answer within ${START_TIMEOUT_MS / 1000} s`,
    got: child.logTail() || 'no word from it',
    fix: 'Read the end of its log above; or join a server that runs elsewhere with LIVEKIT_URL.',
  });
}
