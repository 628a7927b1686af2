import { AccessToken } from 'livekit-server-sdk';
import type { ServerAccess } from '../../main/ports.ts';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import type { BenchApp } from './bench-app.ts';
import type { Measured } from './result.ts';
import type { Programs } from './programs.ts';

/** What a row measures with. */
export interface BenchContext {
  server: ServerAccess;
  programs: Programs;
  /** Folder of our bundled programs. */
  ourPrograms: string;
  /** For files of one run; removed at its end. */
  folder: string;
  /** Measured seconds a side, over all its turns. */
  seconds: number;
  /** The real app, set up and built on the first call. */
  app(): Promise<BenchApp>;
  /** A line of progress. */
  say(line: string): void;
}

export interface Row {
  name: string;
  unit: string;
  /** One line for `--list`. */
  about: string;
  measure(context: BenchContext): Promise<Measured>;
}

let lastSession = 0;

/** A room nobody else uses. */
export function freshSession(row: string): string {
  lastSession += 1;
  return `bench-${row}-${process.pid}-${lastSession}`;
}

/** The same for both sides. The peer writes its role in any case, so its operators need a grant that ours go without. */
export function tokenFor(context: BenchContext, session: string, role: 'robot' | 'operator', identity: string = role): Promise<string> {
  const { apiKey, apiSecret } = context.server;
  const token = new AccessToken(apiKey, apiSecret, { identity, attributes: { [ATTRIBUTE.role]: role } });
  token.addGrant({ room: session, roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true, canUpdateOwnMetadata: true });
  return token.toJwt();
}
