import { z } from 'zod';
import type { ConsolePatch, ConsoleState, ObservationView, Telemetry } from './console-state.ts';
import type { PortalErrorShape } from './portal/errors.ts';

/**
 * THE CONTRACT between main and its windows. Main's handlers, the preload bridge and the stores' actions are derived from
 * these two tables; there is no other channel. Every payload is checked in main before it is used.
 */

const identity = z.string().min(1).max(256);
const auth = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('key'), apiKey: z.string().min(1).max(256), apiSecret: z.string().min(1).max(1024) }),
  z.object({ kind: z.literal('token'), token: z.string().min(1).max(16_384) }),
]);

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
  resetMetrics: command(nothing),
  clearEvents: command(nothing),
  /** URL and a hidden, subscribe-only token for the live view; null when none can be minted. */
  liveView: asks<{ url: string; token: string } | null>()(nothing),
  /** While open, main pulls pixels and pushes observations. */
  setInspector: command(z.object({ open: z.boolean() })),
  copyText: command(z.object({ text: z.string().max(1_000_000) })),
} as const;

/** Window → main, no reply: many a second, the newest counts. */
export const REPORTS = {
  /** Frames presented by the live view: capture and presentation time, both µs since the epoch. */
  framesPresented: z.array(z.object({ track: z.string().max(256), timestampUs: z.number().int().nonnegative(), presentedUs: z.number().int().nonnegative() })).max(256),
} as const;

/** Main → window. */
export interface Pushes {
  patch: ConsolePatch;
  telemetry: Telemetry;
  observation: ObservationView;
}
export const PUSH_NAMES = ['patch', 'telemetry', 'observation'] as const satisfies readonly (keyof Pushes)[];

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
