import type { ServerAccess } from '../../main/ports.ts';
import { mintToken } from '../../main/transport/token.ts';
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

export function tokenFor(context: BenchContext, session: string, grants: 'robot' | 'operator', identity: string = grants): Promise<string> {
  return mintToken({ apiKey: context.server.apiKey, apiSecret: context.server.apiSecret, session, identity, grants });
}
