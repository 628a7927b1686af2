import type { FramePortFrame } from '../shared/console-state.ts';
import type { CommandHandlers, Pushes, ReportHandlers } from '../shared/ipc.ts';

/** What the window layer binds to: commands and reports in, pushes and pixels out. File dialog and clipboard are the window's own. */
export interface ConsoleService {
  readonly handlers: Omit<CommandHandlers, 'choosePortalFile' | 'copyText'>;
  readonly reports: ReportHandlers;
  /** Returns the unsubscribe. */
  onPush<Name extends keyof Pushes>(name: Name, listener: (payload: Pushes[Name]) => void): () => void;
  /** Pixels for the frame port; `data` is owned by the listener. Returns the unsubscribe. */
  onFrame(listener: (frame: FramePortFrame) => void): () => void;
}
