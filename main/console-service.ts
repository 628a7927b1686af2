import type { ArmSetupView } from '../shared/arm-setup.ts';
import type { FramePortFrame } from '../shared/console-state.ts';
import type { HostingView } from '../shared/hosting.ts';
import type { ArmAction, CommandHandlers, ConsolePushes, HostingAction, ReportHandlers, StationAction } from '../shared/ipc.ts';
import type { StationSetupView } from '../shared/station-setup.ts';

/** What the window layer binds to: commands and reports in, pushes and pixels out. File dialog and clipboard are the window's own. */
export interface ConsoleService {
  readonly handlers: Omit<CommandHandlers, 'choosePortalFile' | 'chooseCalibrationFile' | 'chooseStationFile' | 'copyText' | 'armSetup' | 'hosting' | 'stationSetup'>;
  readonly reports: ReportHandlers;
  /** Returns the unsubscribe. */
  onPush<Name extends keyof ConsolePushes>(name: Name, listener: (payload: ConsolePushes[Name]) => void): () => void;
  /** Pixels for the frame port; `data` is owned by the listener. Returns the unsubscribe. */
  onFrame(listener: (frame: FramePortFrame) => void): () => void;
}

/** PORT: sets up the arms on this machine's ports, for one window. */
export interface ArmService {
  /** Carries out one action after the other; what went wrong is in the view. Never rejects. */
  act(action: ArmAction): Promise<ArmSetupView>;
  /** Returns the unsubscribe. */
  onView(listener: (view: ArmSetupView) => void): () => void;
  /** Lets the port go; the arm stays as it is. Never rejects. */
  close(): Promise<void>;
}

/** PORT: hosts a robot on this machine, for one window. */
export interface HostingService {
  /** Answers with the view after it. Rejects where there is nothing to act on. */
  act(action: HostingAction): Promise<HostingView>;
  /** Returns the unsubscribe. */
  onView(listener: (view: HostingView) => void): () => void;
  onFrame(listener: (frame: FramePortFrame) => void): () => void;
  /** Ends the host as its configuration says. Never rejects. */
  close(): Promise<void>;
}

/** PORT: makes the file that a robot is hosted by, for one window. */
export interface StationFileService {
  /** What went wrong is in the view. Never rejects. */
  act(action: StationAction): Promise<StationSetupView>;
  /** Returns the unsubscribe. */
  onView(listener: (view: StationSetupView) => void): () => void;
  /** Small pictures of this machine's webcams, by their `device`. */
  onFrame(listener: (frame: FramePortFrame) => void): () => void;
  /** Frees the cameras. Never rejects. */
  close(): Promise<void>;
}

/** What a window offers beside its session. */
export interface WindowDesks {
  arms: ArmService;
  hosting: HostingService;
  stations: StationFileService;
}
