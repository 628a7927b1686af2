import { parseArgs } from 'node:util';
import { suggestion } from '../shared/did-you-mean.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { CLAIM_POLICIES, type ClaimPolicyWord } from '../shared/station-config.ts';
import { CLI_OPTIONS, isRuntimeSwitch, ROLES } from './cli-options.ts';
import type { AppRole } from './ports.ts';

/** A camera named on the command line; null = the default. */
export interface CameraFlag {
  name: string;
  width: number | null;
  height: number | null;
  fps: number | null;
}

/** Leaders that need neither a window nor a configuration. */
export const HEADLESS_LEADERS = ['sim', 'scripted', 'none'] as const;
export type HeadlessLeader = (typeof HEADLESS_LEADERS)[number];

/** What the flags said; null or empty = not said. */
export interface CliFlags {
  session: string | null;
  identity: string | null;
  url: string | null;
  tokenEndpoint: string | null;
  portal: string | null;
  config: string | null;
  seconds: number | null;
  /** 0 = a free one. */
  metricsPort: number | null;
  json: boolean;
  /** The session is to be encrypted: without a key it is not entered. */
  e2ee: boolean;
  cameras: readonly CameraFlag[];
  /** Nothing is started: the webcams are printed. */
  listCameras: boolean;
  claimPolicy: ClaimPolicyWord | null;
  listed: readonly string[];
  supervisors: readonly string[];
  leader: HeadlessLeader | null;
  claim: boolean;
  robot: string | null;
}

export type CliRequest = { kind: 'help' } | { kind: 'version' } | { kind: 'run'; role: AppRole; flags: CliFlags };

/**
 * Reads the arguments after the program (and, in development, after the path of the app). Switches of the runtime are
 * passed over. Throws USAGE with what was meant for unknown flags, flags of another role and bad values.
 */
export function parseCli(argv: readonly string[]): CliRequest {
  const own = withoutRuntimeSwitches(argv);
  const options = Object.fromEntries(
    CLI_OPTIONS.map((option) => [
      option.name,
      { type: option.value === undefined ? ('boolean' as const) : ('string' as const), ...(option.short === undefined ? {} : { short: option.short }), multiple: true as const },
    ]),
  );
  const { tokens } = parseArgs({ args: own, options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string[]>();
  let role: AppRole | null = null;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') throw usage('-- is not used here', '--');
    if (token.kind === 'positional') {
      if (role !== null) throw usage(`Unexpected argument ${token.value}`, token.value, 'Give one role, then flags.');
      role = ROLES.find((known) => known === token.value) ?? null;
      if (role === null) throw usage(`Unknown role ${token.value}`, token.value, suggestion(token.value, ROLES));
      continue;
    }
    const option = CLI_OPTIONS.find((known) => known.name === token.name);
    if (option === undefined) throw usage(`Unknown flag ${token.rawName}`, token.rawName, suggestion(token.name, CLI_OPTIONS.map((known) => known.name)).replace('mean ', 'mean --'));
    const values = given.get(option.name) ?? [];
    if (option.value === undefined) {
      if (token.value !== undefined) throw usage(`--${option.name} takes no value`, token.value);
      values.push('');
    } else {
      if (token.value === undefined || token.value === '' || (!token.inlineValue && token.value.startsWith('--'))) {
        throw usage(`--${option.name} needs a value`, token.value ?? 'nothing', `Write --${option.name} ${option.value}.`);
      }
      values.push(token.value);
    }
    if (values.length > 1 && option.repeatable !== true) throw usage(`--${option.name} is given twice`, `--${option.name}`);
    given.set(option.name, values);
  }
  if (given.has('help')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };
  const chosen = role ?? 'console';
  if (chosen === 'console' && given.has('metrics-port')) throw usage('--metrics-port belongs to the headless roles, not to console', '--metrics-port');
  for (const name of given.keys()) {
    const option = CLI_OPTIONS.find((known) => known.name === name);
    if (option?.role !== undefined && option.role !== chosen) throw usage(`--${name} belongs to ${option.role}, not to ${chosen}`, `--${name}`);
  }
  return { kind: 'run', role: chosen, flags: toFlags(given) };
}

function toFlags(given: ReadonlyMap<string, string[]>): CliFlags {
  const one = (name: string): string | null => given.get(name)?.[0] ?? null;
  return {
    session: one('session'),
    identity: one('identity'),
    url: toUrl(one('url')),
    tokenEndpoint: one('token-endpoint'),
    portal: one('portal'),
    config: one('config'),
    seconds: toSeconds(one('seconds')),
    metricsPort: toPort(one('metrics-port')),
    json: given.has('json'),
    e2ee: given.has('e2ee'),
    cameras: (given.get('camera') ?? []).map(toCamera),
    listCameras: given.has('list-cameras'),
    claimPolicy: toWord('claim-policy', one('claim-policy'), CLAIM_POLICIES),
    listed: given.get('listed') ?? [],
    supervisors: given.get('supervisor') ?? [],
    leader: toWord('leader', one('leader'), HEADLESS_LEADERS),
    claim: given.has('claim'),
    robot: one('robot'),
  };
}

function withoutRuntimeSwitches(argv: readonly string[]): string[] {
  const own: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    // Preloads arrive as `-r FILE` when a test driver starts the app.
    if (argument === '-r') index += 1;
    else if (!isRuntimeSwitch(argument)) own.push(argument);
  }
  return own;
}

function toWord<Word extends string>(name: string, value: string | null, allowed: readonly Word[]): Word | null {
  if (value === null) return null;
  const word = allowed.find((known) => known === value);
  if (word === undefined) throw usage(`--${name} ${value} is not known`, value, suggestion(value, allowed));
  return word;
}

function toSeconds(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 31_536_000) throw usage('--seconds needs a positive number, at most a year of them', value);
  return seconds;
}

function toPort(value: string | null): number | null {
  if (value === null) return null;
  if (!/^\d{1,5}$/u.test(value) || Number(value) > 65_535) throw usage('--metrics-port needs a port from 0 to 65535', value);
  return Number(value);
}

function toUrl(value: string | null): string | null {
  if (value !== null && !/^(wss?|https?):\/\/.+/u.test(value)) throw usage('--url needs a ws://, wss://, http:// or https:// address', value);
  return value;
}

function toCamera(value: string): CameraFlag {
  const match = /^([^:@=\s]+)(?:=test)?(?::(\d+)x(\d+))?(?:@(\d+(?:\.\d+)?))?$/u.exec(value);
  if (match === null) throw usage('--camera cannot be read', value, 'Write it like front:640x480@30.');
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  const [, name = '', width, height, fps] = match;
  const camera = { name, width: number(width), height: number(height), fps: number(fps) };
  const even = (size: number | null, least: number): boolean => size === null || (size % 2 === 0 && size >= least && size <= 4096);
  if (!even(camera.width, 160) || !even(camera.height, 120)) throw usage('--camera needs even sizes from 160x120 to 4096x4096', value);
  if (camera.fps !== null && (camera.fps < 1 || camera.fps > 120)) throw usage('--camera needs 1 to 120 frames a second', value);
  return camera;
}

function usage(message: string, got: string, fix = 'See --help.'): PortalError {
  return new PortalError('USAGE', message, { got, fix });
}
