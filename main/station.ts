import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import { ConsoleStation } from './console-station.ts';
import type { ConsoleService } from './console-service.ts';
import { OperatorStation } from './operator-station.ts';
import { exitCodeOf } from './exit-code.ts';
import { startHostFeed } from './host-feed.ts';
import type { MetricsEndpoint } from './metrics-endpoint.ts';
import type { Ending, ExitCode, StationPorts } from './ports.ts';
import { RobotHost } from './robot-host.ts';
import type { StationSettings } from './settings.ts';

/** One process's work, whatever its role. */
export interface Station {
  /** Joins (headless roles) or readies the console. A failure is said as an `error` event and ends the station with its exit code. Never rejects. */
  start(): Promise<void>;
  /** Leaves cleanly and ends with code 0; `how` as in `Ending`, default orderly. Safe to call twice, and before `start` is done. Never rejects. */
  stop(reason?: string, how?: Ending): Promise<void>;
  /** The process is about to end this instant: says what that leaves behind. */
  abandon(reason: string): void;
  /** Resolves once everything is closed, after the `exit` event. */
  readonly done: Promise<ExitCode>;
  /** What the window binds to; null in headless roles. */
  readonly console: ConsoleService | null;
  /** A word typed at a robot host's terminal (`HOST_WORDS`); what was done as a sentence, null where there is no such thing. */
  command(word: string): Promise<string | null>;
}

interface Role {
  start(): Promise<void>;
  stop(how: Ending): Promise<void>;
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
  let endpoint: MetricsEndpoint | null = null;
  let stopFeed: () => void = () => undefined;

  const end = (code: ExitCode, reason: string, how: Ending): Promise<void> => {
    ending ??= (async () => {
      cancelTimer();
      await role.stop(how);
      stopFeed();
      // A start that was under way ends because of the stop; what it throws then is no news.
      await starting;
      await endpoint?.close();
      ports.output.event({ event: 'exit', code, reason });
      finish(code);
    })();
    return ending;
  };
  const fail = (error: PortalError): void => {
    if (ending !== null) return;
    ports.output.event({ event: 'error', ...error.toJSON() });
    void end(exitCodeOf(error.code), error.code, 'failed');
  };

  const robotHost = settings.role === 'robot-host' ? new RobotHost(settings, ports, fail) : null;
  const consoleStation = settings.role === 'console' ? new ConsoleStation(settings, ports) : null;
  const operatorStation = settings.role === 'operator' ? new OperatorStation(settings, ports, fail) : null;
  const role: Role = robotHost ?? consoleStation ?? (operatorStation as OperatorStation);

  /** Before the session, so that a port that is taken costs nobody a robot that came and went. */
  const openMetrics = async (): Promise<void> => {
    const headless = robotHost ?? operatorStation;
    if (settings.metricsPort === null || headless === null) return;
    endpoint = await ports.openMetricsEndpoint(settings.metricsPort, () => headless.figures());
    const { url, port } = endpoint;
    ports.output.event({ event: 'metrics_endpoint', url, port });
  };

  return {
    console: consoleStation,
    done,
    start() {
      if (settings.seconds !== null) cancelTimer = ports.clock.after(settings.seconds * 1000, () => void end(0, `${settings.seconds} s are over`, 'orderly'));
      if (ports.feedsWindow === true && robotHost !== null) stopFeed = startHostFeed(robotHost, ports);
      starting = openMetrics().then(() => (ending === null ? role.start() : undefined)).catch((thrown: unknown) => fail(toPortalError(thrown)));
      return starting;
    },
    stop: (reason = 'asked to stop', how = 'orderly') => end(0, reason, how),
    abandon: (reason) => robotHost?.abandon(reason),
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
