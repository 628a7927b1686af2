import type { ConsoleState } from '../../../shared/console-state.ts';
import { createFrameCodecs } from '../../../main/codecs/frame-codecs.ts';
import { createDevices } from '../../../main/devices/registry.ts';
import { openMetricsEndpoint } from '../../../main/metrics-endpoint.ts';
import { createMemorySecrets } from '../../../main/memory-secrets.ts';
import type { StationEvent, StationPorts } from '../../../main/ports.ts';
import { createStation, type Station } from '../../../main/station.ts';
import { parseCli } from '../../../main/cli.ts';
import { resolveSettings, type StationSettings } from '../../../main/settings.ts';
import { systemClock } from '../../../main/system-clock.ts';
import { convertPixels } from '../../../main/transport/loopback-pixels.ts';
import { LoopbackRoom } from '../../../main/transport/loopback-room.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { ATTRIBUTE } from '../../../shared/portal/names.ts';

/** A room in this process and the stations in it. */
export class StationBench {
  readonly room = new LoopbackRoom({ clock: systemClock });
  readonly files = new Map<string, string>();
  readonly #stations: Station[] = [];

  /** Settings as the command line would make them. */
  settings(argv: readonly string[]): StationSettings {
    const request = parseCli(argv);
    if (request.kind !== 'run') throw new Error('no role to run');
    return resolveSettings(request.role, request.flags, { env: {}, readText: (path) => this.#read(path), readToken: () => null, arms: { port: () => 'no port', calibration: () => 'no file' } });
  }

  ports(changed: Partial<StationPorts> = {}): { ports: StationPorts; events: StationEvent[]; lines: string[] } {
    const events: StationEvent[] = [];
    const lines: string[] = [];
    const { room } = this;
    const ports: StationPorts = {
      appVersion: '0.0.0-test',
      clock: systemClock,
      output: { event: (event) => events.push(event), status: (line) => lines.push(line), note: (line) => lines.push(line) },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      createTransport: () => room.join('unused'),
      frameCodecs: { ...createFrameCodecs(), toRgb: ({ data, width, height, format }) => convertPixels(data, width, height, format, 'rgb24') },
      mintToken: ({ identity, grants }) =>
        Promise.resolve(
          room.token(identity, grants === 'viewer' ? { grants: { canPublishData: false, canUpdateOwnMetadata: false, hidden: true } } : { attributes: { [ATTRIBUTE.role]: grants } }),
        ),
      fetchToken: () => Promise.reject(new PortalError('TOKEN_ENDPOINT_FAILED', 'none here')),
      announce: () => Promise.resolve(),
      readToken: () => null,
      useLocalServer: () => Promise.resolve({ url: room.url, apiKey: 'key', apiSecret: 'secret', stop: () => Promise.resolve() }),
      devices: createDevices(systemClock, { jpeg: null, webcams: null }),
      secrets: createMemorySecrets(),
      recents: { load: () => [], save: () => undefined },
      leaderChoice: { load: () => null, save: () => undefined },
      restPoses: { load: () => null, save: () => undefined, forget: () => undefined },
      startSimulatedRobot: null,
      readText: (path) => this.#read(path),
      openMetricsEndpoint,
      ...changed,
    };
    return { ports, events, lines };
  }

  /** Builds and starts a station; it is stopped by `close`. */
  async start(argv: readonly string[], changed: Partial<StationPorts> = {}): Promise<{ station: Station; events: StationEvent[]; lines: string[] }> {
    const { ports, events, lines } = this.ports(changed);
    const station = createStation(this.settings(argv), ports);
    this.#stations.push(station);
    await station.start();
    return { station, events, lines };
  }

  robot(...argv: string[]): ReturnType<StationBench['start']> {
    return this.robotWith({}, ...argv);
  }

  robotWith(changed: Partial<StationPorts>, ...argv: string[]): ReturnType<StationBench['start']> {
    return this.start(['robot-host', '--camera', 'front:160x120', ...argv], changed);
  }

  async close(): Promise<void> {
    await Promise.all(this.#stations.map((station) => station.stop()));
    this.room.close();
  }

  #read(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw new PortalError('FILE_UNREADABLE', `${path} does not exist`);
    return text;
  }
}

/** Waits for something to become true, at most `withinMs`. */
export async function until<Value>(what: string, look: () => Value | null | undefined | false, withinMs = 15_000): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = look();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The events of one kind. */
export function ofKind<Kind extends StationEvent['event']>(events: readonly StationEvent[], kind: Kind): Extract<StationEvent, { event: Kind }>[] {
  return events.filter((event): event is Extract<StationEvent, { event: Kind }> => event.event === kind);
}

/** A window's mirror: the snapshot, then patches by revision. */
export async function mirrorOf(station: Station): Promise<{ state: () => ConsoleState; stop: () => void }> {
  const service = station.console;
  if (service === null) throw new Error('this station has no console');
  let state = await service.handlers.getState(undefined);
  const stop = service.onPush('patch', (patch) => {
    if (patch.revision !== state.revision + 1) throw new Error(`revision ${patch.revision} after ${state.revision}`);
    state = { ...state, ...patch.changed, revision: patch.revision };
  });
  return { state: () => state, stop };
}
