import { z } from 'zod';
import { ARM_KINDS } from './arm-kind.ts';
import type { ArmSetupView } from './arm-setup.ts';
import type { ConsolePatch, ConsoleState, ObservationView, Telemetry } from './console-state.ts';
import { HOST_WORDS, type HostingView } from './hosting.ts';
import { CHOOSABLE_LEADERS, ENGAGE_MODES } from './leader-choice.ts';
import type { PortalErrorShape } from './portal/errors.ts';
import { ARM_UNITS } from './station-config-leader.ts';
import { stationDraft } from './station-config-draft.ts';
import type { StationSetupView } from './station-setup.ts';

/**
 * THE CONTRACT between main and its windows. Main's handlers, the preload bridge and the stores' actions are derived from
 * these two tables; there is no other channel. Every payload is checked in main before it is used.
 */

const identity = z.string().min(1).max(256);
const auth = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('key'), apiKey: z.string().min(1).max(256), apiSecret: z.string().min(1).max(1024) }),
  z.object({ kind: z.literal('token'), token: z.string().min(1).max(16_384) }),
  /** `url` is the token endpoint's then. */
  z.object({ kind: z.literal('endpoint'), bearer: z.string().min(1).max(16_384).nullable() }),
]);

const leaderChoice = z.object({
  kind: z.enum(CHOOSABLE_LEADERS),
  port: z.string().max(4096),
  calibration: z.string().max(4096),
  units: z.enum(ARM_UNITS),
  engage: z.enum(ENGAGE_MODES),
  deadman: z.boolean(),
});
/** Shares of the jog speed by joint. */
const velocities = z.record(z.string().min(1).max(256), z.number().min(-1).max(1)).refine((all) => Object.keys(all).length <= 100);

/** What the page that sets up arms asks for; what comes of it is in its view. `begin` works on one arm until `cancel` or its end. */
const armAction = z.discriminatedUnion('do', [
  z.object({ do: z.literal('open') }),
  z.object({ do: z.literal('close') }),
  z.object({ do: z.literal('identify') }),
  z.object({
    do: z.literal('begin'),
    task: z.enum(['motors', 'calibrate', 'import', 'fromMotors', 'apply', 'check']),
    kind: z.enum(ARM_KINDS),
    id: z.string().max(200),
    port: z.string().min(1).max(4096),
    /** Of `import`. */
    file: z.string().min(1).max(4096).nullable(),
  }),
  z.object({ do: z.literal('next') }),
  z.object({ do: z.literal('back') }),
  z.object({ do: z.literal('skip') }),
  z.object({ do: z.literal('cancel') }),
]);
export type ArmAction = z.infer<typeof armAction>;

/** What the page that hosts a robot asks for; what comes of it is in its view. */
const hostingAction = z.discriminatedUnion('do', [
  z.object({ do: z.literal('look') }),
  /** Null = no file: a simulated arm and a test camera. */
  z.object({ do: z.literal('choose'), configFile: z.string().min(1).max(4096).nullable() }),
  z.object({
    do: z.literal('start'),
    session: z.string().min(1).max(256),
    /** Null = what environment and file say, else a server on this machine. `remembered`: as last time, key included. */
    access: z.union([z.object({ url: z.string().min(1).max(2048), auth }), z.literal('remembered')]).nullable(),
    /** Null = what PORTAL_E2EE_KEY says. */
    e2eeKey: z.string().min(1).max(4096).nullable(),
    /** What is typed is offered again once it has led into the session. */
    remember: z.boolean(),
  }),
  z.object({ do: z.literal('forget-access') }),
  z.object({ do: z.literal('stop') }),
  z.object({ do: z.literal('word'), word: z.enum(HOST_WORDS) }),
  /** Somebody has read how the arm was left. */
  z.object({ do: z.literal('arm-seen') }),
]);
export type HostingAction = z.infer<typeof hostingAction>;

/** What the form that makes a station.yaml asks for; what comes of it is in its view. */
const stationAction = z.discriminatedUnion('do', [
  /** Null = the file of the app's own making. */
  z.object({ do: z.literal('open'), configFile: z.string().min(1).max(4096).nullable() }),
  z.object({ do: z.literal('save'), draft: stationDraft }),
  z.object({ do: z.literal('close') }),
]);
export type StationAction = z.infer<typeof stationAction>;

export interface LiveViewAccess {
  url: string;
  token: string;
  /** Null = the session is not encrypted. */
  e2eeKey: string | null;
}

/** One command: its payload's schema and, as a phantom, its reply's type. */
interface Command<Payload extends z.ZodType, Reply> {
  payload: Payload;
  reply?: Reply;
}
function command<Payload extends z.ZodType, Reply = void>(payload: Payload): Command<Payload, Reply> {
  return { payload };
}
function asks<Reply>() {
  return <Payload extends z.ZodType>(payload: Payload): Command<Payload, Reply> => command<Payload, Reply>(payload);
}
const nothing = z.void();

/** Window → main. */
export const COMMANDS = {
  getState: asks<ConsoleState>()(nothing),
  /** Starts a local server and a robot host with a simulated arm, then joins it. */
  trySimulated: command(nothing),
  join: command(
    z.object({
      url: z.string().min(1).max(2048),
      session: z.string().min(1).max(256),
      identity,
      auth,
      /** End-to-end key; null = what PORTAL_E2EE_KEY says. */
      e2eeKey: z.string().min(1).max(4096).nullable(),
      /** Path of a portal.yaml; null = the built-in SO-101 schema. */
      portalFile: z.string().min(1).max(4096).nullable(),
      remember: z.boolean(),
    }),
  ),
  joinRecent: command(z.object({ id: z.string().min(1).max(64) })),
  forgetRecent: command(z.object({ id: z.string().min(1).max(64) })),
  /** Opens the system's file dialog; null = cancelled. */
  choosePortalFile: asks<string | null>()(nothing),
  /** Ends the session, or a connect that is under way. */
  leave: command(nothing),
  takeControl: command(nothing),
  giveControl: command(z.object({ identity })),
  clearControl: command(nothing),
  stop: command(nothing),
  clearStop: command(nothing),
  /** Moves one joint of the simulated leader, in the joint's unit; clamped to its range. */
  setLeaderJoint: command(z.object({ joint: z.string().min(1).max(256), value: z.number().finite() })),
  /** What the person drives with, from now on. */
  chooseLeader: command(leaderChoice),
  /** Opens the system's file dialog for an arm's calibration; null = cancelled. */
  chooseCalibrationFile: asks<string | null>()(nothing),
  /** While open, main keeps looking for ports and calibration files. */
  watchLeaderOffers: command(z.object({ open: z.boolean() })),
  /** The leader shall drive, after it was lost; needs control. */
  engageLeader: command(nothing),
  /** Calls a method of the robot; what comes of it is in `calls`. The payload's 15 KB are LiveKit's limit. */
  callMethod: command(z.object({ method: z.string().min(1).max(256), payload: z.string().max(15 * 1024) })),
  resetMetrics: command(nothing),
  clearEvents: command(nothing),
  /** URL, a hidden, subscribe-only token and the end-to-end key for the live view; null when no token can be had. The only way the key takes to the page. */
  liveView: asks<LiveViewAccess | null>()(nothing),
  /** While open, main pulls pixels and pushes observations. */
  setInspector: command(z.object({ open: z.boolean() })),
  copyText: command(z.object({ text: z.string().max(1_000_000) })),
  /** Setting up an arm; answers with the view after it. */
  armSetup: asks<ArmSetupView>()(armAction),
  /** Hosting a robot; answers with the view after it. */
  hosting: asks<HostingView>()(hostingAction),
  /** Making the station.yaml of a robot host; answers with the view after it. */
  stationSetup: asks<StationSetupView>()(stationAction),
  /** Opens the system's file dialog; null = cancelled. */
  chooseStationFile: asks<string | null>()(nothing),
} as const;

/** Window → main, no reply: many a second, the newest counts. */
export const REPORTS = {
  /** Frames presented by the live view: capture and presentation time, both µs since the epoch. */
  framesPresented: z.array(z.object({ track: z.string().max(256), timestampUs: z.number().int().nonnegative(), presentedUs: z.number().int().nonnegative() })).max(256),
  /** What keys (a pedal too) or a gamepad ask of the leader; told all the time while any is used, because it counts for 150 ms. */
  leaderInput: z.object({ source: z.enum(['keys', 'gamepad']), velocities, isFast: z.boolean(), isHeld: z.boolean() }),
  /** The live view cannot decrypt: main shall send pictures instead. */
  liveViewFailed: nothing,
} as const;

/** Main → window, of the console's session. */
export interface ConsolePushes {
  patch: ConsolePatch;
  telemetry: Telemetry;
  observation: ObservationView;
}
export const CONSOLE_PUSH_NAMES = ['patch', 'telemetry', 'observation'] as const satisfies readonly (keyof ConsolePushes)[];

/** Main → window. */
export interface Pushes extends ConsolePushes {
  armSetup: ArmSetupView;
  hosting: HostingView;
  stationSetup: StationSetupView;
}

export type CommandName = keyof typeof COMMANDS;
export type CommandPayload<Name extends CommandName> = z.infer<(typeof COMMANDS)[Name]['payload']>;
export type CommandReply<Name extends CommandName> = (typeof COMMANDS)[Name] extends Command<z.ZodType, infer Reply> ? Reply : never;
export type ReportName = keyof typeof REPORTS;
export type ReportPayload<Name extends ReportName> = z.infer<(typeof REPORTS)[Name]>;

/** What main answers: the reply, or an error that keeps its code across the boundary. */
export type Envelope<Reply> = { ok: true; value: Reply } | { ok: false; error: PortalErrorShape };

/** Main's side: one handler a command. */
export type CommandHandlers = { [Name in CommandName]: (payload: CommandPayload<Name>) => Promise<CommandReply<Name>> };
export type ReportHandlers = { [Name in ReportName]: (payload: ReportPayload<Name>) => void };

/** The bridge a page sees as `window.portal`; `on` returns its own unsubscribe. */
export interface PortalBridge {
  call<Name extends CommandName>(name: Name, payload: CommandPayload<Name>): Promise<Envelope<CommandReply<Name>>>;
  report<Name extends ReportName>(name: Name, payload: ReportPayload<Name>): void;
  on<Name extends keyof Pushes>(name: Name, listener: (payload: Pushes[Name]) => void): () => void;
}
