import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { ConsoleStation } from './console-station.ts';
import type { ConsoleService } from './console-service.ts';
import { OperatorStation } from './operator-station.ts';
import type { ExitCode, StationPorts } from './ports.ts';
import { RobotHost } from './robot-host.ts';
import type { StationSettings } from './settings.ts';

/** One process's work, whatever its role. */
export interface Station {
  /** Joins (headless roles) or readies the console. A failure is said as an `error` event and ends the station with code 1. Never rejects. */
  start(): Promise<void>;
  /** Leaves cleanly and ends with code 0. Safe to call twice, and before `start` is done. Never rejects. */
  stop(reason?: string): Promise<void>;
  /** Resolves once everything is closed, after the `exit` event. */
  readonly done: Promise<ExitCode>;
  /** What the window binds to; null in headless roles. */
  readonly console: ConsoleService | null;
  /** A word typed at a robot host's terminal (stop, clear, home); what was done as a sentence, null where there is no such thing. */
  command(word: string): Promise<string | null>;
}

interface Role {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** THE composition, for every role. Throws CONFIG_INVALID and the like for settings that cannot work. */
export function createStation(settings: StationSettings, ports: StationPorts): Station {
  let finish: (code: ExitCode) => void = () => undefined;
  const done = new Promise<ExitCode>((resolve) => {
    finish = resolve;
  });
  let ending: Promise<void> | null = null;
  let starting: Promise<void> = Promise.resolve();
  let cancelTimer: () => void = () => undefined;

  const end = (code: ExitCode, reason: string): Promise<void> => {
    ending ??= (async () => {
      cancelTimer();
      await role.stop();
      // A start that was under way ends because of the stop; what it throws then is no news.
      await starting;
      ports.output.event({ event: 'exit', code, reason });
      finish(code);
    })();
    return ending;
  };
  const fail = (error: PortalError): void => {
    if (ending !== null) return;
    ports.output.event({ event: 'error', ...error.toJSON() });
    void end(1, error.code);
  };

  const robotHost = settings.role === 'robot-host' ? new RobotHost(settings, ports, fail) : null;
  const consoleStation = settings.role === 'console' ? new ConsoleStation(settings, ports) : null;
  const role: Role = robotHost ?? consoleStation ?? new OperatorStation(settings, ports, fail);

  return {
    console: consoleStation,
    done,
    start() {
      if (settings.seconds !== null) cancelTimer = ports.clock.after(settings.seconds * 1000, () => void end(0, `${settings.seconds} s are over`));
      starting = role.start().catch((thrown: unknown) => fail(toPortalError(thrown)));
      return starting;
    },
    stop: (reason = 'asked to stop') => end(0, reason),
    async command(word) {
      if (robotHost === null) return null;
      try {
        return await robotHost.command(word);
      } catch (thrown) {
        return toPortalError(thrown).message;
      }
    },
  };
}
