import { COMMANDS, REPORTS, type CommandHandlers, type CommandName, type Envelope, type ReportHandlers, type ReportName } from '../shared/ipc.ts';
import { IPC_CHANNEL } from '../shared/ipc-channels.ts';
import { PortalError, toPortalError } from '../shared/portal/errors.ts';

/** The part of an IPC event that says who asks. */
export interface IpcCaller {
  senderFrame: { url: string } | null;
}

/** The part of Electron's `ipcMain` that is used here. */
export interface IpcMainSide {
  handle(channel: string, listener: (event: IpcCaller, ...args: unknown[]) => Promise<unknown>): void;
  removeHandler(channel: string): void;
  on(channel: string, listener: (event: IpcCaller, ...args: unknown[]) => void): unknown;
  removeListener(channel: string, listener: (event: IpcCaller, ...args: unknown[]) => void): unknown;
}

export interface IpcService {
  handlers: CommandHandlers;
  reports: ReportHandlers;
  /** Whether this caller is our page; anybody else is refused before the payload is looked at. */
  isOurs(caller: IpcCaller): boolean;
  /** A report that was refused: nobody waits for an answer that could carry it. */
  onBadReport(error: PortalError): void;
}

/** Derives both ends of main's side from the tables. Returns its own undoing. */
export function serveIpc(ipcMain: IpcMainSide, service: IpcService): () => void {
  const call = async (caller: IpcCaller, ...[name, payload]: unknown[]): Promise<Envelope<unknown>> => {
    try {
      return { ok: true, value: await answer(service, caller, name, payload) };
    } catch (thrown) {
      return { ok: false, error: toPortalError(thrown).toJSON() };
    }
  };
  const report = (caller: IpcCaller, ...[name, payload]: unknown[]): void => {
    try {
      receive(service, caller, name, payload);
    } catch (thrown) {
      service.onBadReport(toPortalError(thrown));
    }
  };
  ipcMain.handle(IPC_CHANNEL.call, call);
  ipcMain.on(IPC_CHANNEL.report, report);
  return () => {
    ipcMain.removeHandler(IPC_CHANNEL.call);
    ipcMain.removeListener(IPC_CHANNEL.report, report);
  };
}

function answer(service: IpcService, caller: IpcCaller, name: unknown, payload: unknown): Promise<unknown> {
  const entry = entryOf(service, caller, COMMANDS, name);
  const handler = service.handlers[entry.name] as (payload: unknown) => Promise<unknown>;
  return handler(checked(entry.schema.payload, entry.name, payload));
}

function receive(service: IpcService, caller: IpcCaller, name: unknown, payload: unknown): void {
  const entry = entryOf(service, caller, REPORTS, name);
  const handler = service.reports[entry.name] as (payload: unknown) => void;
  handler(checked(entry.schema, entry.name, payload));
}

function entryOf<Table extends Record<string, unknown>>(service: IpcService, caller: IpcCaller, table: Table, name: unknown): { name: keyof Table & string; schema: Table[keyof Table] } {
  if (!service.isOurs(caller)) {
    throw new PortalError('NOT_AUTHORISED', 'A page that is not ours asked', { expected: 'the main frame of the console window', got: caller.senderFrame?.url ?? 'a frame that is gone' });
  }
  if (typeof name !== 'string' || !Object.hasOwn(table, name)) throw new PortalError('NOT_SUPPORTED', 'No such command', { got: typeof name === 'string' ? name.slice(0, 100) : typeof name });
  return { name, schema: table[name] as Table[keyof Table] };
}

interface Schema {
  safeParse(value: unknown): { success: true; data: unknown } | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

function checked(schema: Schema, name: CommandName | ReportName, payload: unknown): unknown {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the payload' : issue.path.map(String).join('.');
  throw new PortalError('VALUE_INVALID', `${name}: ${place} is not valid`, issue === undefined ? {} : { got: issue.message });
}
