import { CLI_OPTIONS, type CliOption } from './cli-options.ts';

const ENVIRONMENT: readonly [string, string][] = [
  ['LIVEKIT_URL', 'server, with either of the next two'],
  ['LIVEKIT_API_KEY, LIVEKIT_API_SECRET', 'tokens are minted here'],
  ['LIVEKIT_TOKEN', 'a ready token; it decides identity and session'],
  ['LIVEKIT_TOKEN_ENDPOINT', 'gives server and token; LIVEKIT_TOKEN_ENDPOINT_AUTH = its bearer token'],
  ['PORTAL_E2EE_KEY', 'shared key for end-to-end encryption'],
  ['PORTAL_CONSOLE_DATA_DIR', 'where the console keeps its list of sessions'],
];

/** The text of `--help`. */
export function helpText(version: string): string {
  return `Portal Console ${version}
Operator console and robot host for teleoperated robots over LiveKit Portal.

Usage:
  portal-console [console]  [flags]   the window: watch, drive, hand over
  portal-console robot-host [flags]   headless: follower arm and cameras into a session
  portal-console operator   [flags]   headless: a second operator, for instance a scripted policy

Without flags each role works on a bare machine: a local LiveKit server, session "demo", a simulated SO-101 arm.

Common flags
${rows(CLI_OPTIONS.filter((option) => option.role === undefined))}

robot-host
${rows(CLI_OPTIONS.filter((option) => option.role === 'robot-host'))}

operator
${rows(CLI_OPTIONS.filter((option) => option.role === 'operator'))}

Environment
${ENVIRONMENT.map(([name, text]) => line(name, text)).join('\n')}

Flags win over the environment, the environment over the config file. The console joins at once when --session is given,
and shows its start screen otherwise. While a robot host runs in a terminal, type stop, clear, home, rearm,
rest (makes the present pose the rest pose) or forget-rest, and Enter.

Exit codes: 0 ended as asked · 1 failed while running (server unreachable, token refused, …) · 2 wrong flags or configuration
· 3 the arm cannot be used (port missing, taken or forbidden, motors, calibration of another arm)
`;
}

function rows(options: readonly CliOption[]): string {
  return options
    .map((option) => line(`${option.short === undefined ? '' : `-${option.short}, `}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help))
    .join('\n');
}

function line(left: string, right: string): string {
  return `  ${left.padEnd(36)}  ${right}`;
}
