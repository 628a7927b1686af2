import type { ConsoleState } from '../shared/console-state.ts';
import type { CommandPayload } from '../shared/ipc.ts';
import type { Connection } from './connection.ts';
import { NO_HEALTH } from './health.ts';

type SessionSections = Pick<ConsoleState, 'session' | 'host' | 'hostDescription' | 'hostStatus' | 'driver' | 'roster' | 'tracks' | 'joints' | 'leader' | 'metrics' | 'health' | 'calls'>;

/** The sections of the console's state that belong to a session, while there is none. */
export function emptySections(nowUs: number): SessionSections {
  return {
    session: null,
    host: { word: 'DISCONNECTED', reason: 'not in a session', sinceUs: nowUs },
    hostDescription: null,
    hostStatus: null,
    driver: { kind: 'nobody', identity: null, sinceUs: null },
    roster: [],
    tracks: [],
    joints: [],
    leader: null,
    metrics: null,
    health: NO_HEALTH,
    calls: [],
  };
}

/** What was typed into the form as a connection. */
export function toConnection(url: string, auth: CommandPayload<'join'>['auth']): Exclude<Connection, { kind: 'local' }> {
  switch (auth.kind) {
    case 'key':
      return { kind: 'key', url, apiKey: auth.apiKey, apiSecret: auth.apiSecret };
    case 'token':
      return { kind: 'token', url, token: auth.token };
    case 'endpoint':
      return { kind: 'endpoint', endpoint: url, bearer: auth.bearer };
  }
}
