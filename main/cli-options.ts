import type { AppRole } from './ports.ts';

export const ROLES = ['console', 'robot-host', 'operator'] as const satisfies readonly AppRole[];

/** One flag: parser and help are derived from this table. */
export interface CliOption {
  name: string;
  short?: string;
  /** Word for the value in the help; absent = a switch. */
  value?: string;
  repeatable?: boolean;
  /** Absent = every role. */
  role?: AppRole;
  help: string;
}

export const CLI_OPTIONS: readonly CliOption[] = [
  { name: 'session', value: 'NAME', help: 'session (LiveKit room) to join; default demo' },
  { name: 'identity', value: 'NAME', help: 'who this is in the room; default robot, operator or console' },
  { name: 'url', value: 'URL', help: 'LiveKit server, ws:// or wss://; else LIVEKIT_URL, the config file, a local server' },
  { name: 'token-endpoint', value: 'URL', help: 'asks here for server and token, https://; else LIVEKIT_TOKEN_ENDPOINT, the config file' },
  { name: 'portal', value: 'FILE', help: 'portal.yaml both sides share, or lerobot-so101; default the built-in SO-101 schema' },
  { name: 'config', value: 'FILE', help: 'station.yaml of this machine: devices, cameras, safety, who may claim' },
  { name: 'e2ee', help: 'encrypt end to end; asks for the key on the terminal, unless PORTAL_E2EE_KEY has it' },
  { name: 'seconds', value: 'N', help: 'leave by itself after N seconds' },
  { name: 'metrics-port', value: 'N', help: 'headless roles: Prometheus metrics on 127.0.0.1:N/metrics; 0 = a free port' },
  { name: 'json', help: 'one JSON event a line on standard output, nothing else' },
  { name: 'help', short: 'h', help: 'this text' },
  { name: 'version', short: 'v', help: 'version of the program' },
  { name: 'camera', value: 'NAME[:WxH][@FPS]', repeatable: true, role: 'robot-host', help: 'test camera to publish; repeatable; default front:640x480' },
  { name: 'list-cameras', role: 'robot-host', help: 'print the webcams of this machine with their sizes, and end' },
  { name: 'claim-policy', value: 'POLICY', role: 'robot-host', help: 'anyone | listed | supervisors-and-holder | host-only' },
  { name: 'listed', value: 'IDENTITY', repeatable: true, role: 'robot-host', help: 'may claim control (policy listed); repeatable' },
  { name: 'supervisor', value: 'IDENTITY', repeatable: true, role: 'robot-host', help: 'may clear STOP and route control; repeatable' },
  { name: 'leader', value: 'KIND', role: 'operator', help: 'sim | scripted | none; where actions come from; default none' },
  { name: 'claim', role: 'operator', help: 'claim control when a robot is there and nobody drives' },
  { name: 'robot', value: 'IDENTITY', role: 'operator', help: 'pin the robot by identity; default the first one seen' },
];

/**
 * Switches of Chromium, Electron and Node that end up among our arguments: they are the runtime's business. Matched by
 * beginning, because there are over a thousand of them.
 */
const RUNTIME_SWITCHES = [
  'allow-', 'app-', 'auto-', 'autoplay-', 'class', 'disable-', 'disk-', 'enable-', 'force-', 'gpu', 'headless', 'high-dpi-', 'host-', 'ignore-',
  'in-process-', 'inspect', 'js-flags', 'lang', 'log-', 'net-log', 'no-', 'ozone-', 'password-store', 'proxy-', 'remote-', 'require', 'single-process',
  'touch-', 'trace-', 'use-', 'user-data-dir', 'v=', 'vmodule', 'window-',
] as const;

export function isRuntimeSwitch(argument: string): boolean {
  return argument.startsWith('--') && RUNTIME_SWITCHES.some((beginning) => argument.slice(2).startsWith(beginning));
}
