import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FramePortFrame } from '../shared/console-state.ts';
import { Listeners } from '../shared/listeners.ts';
import type { StationAction } from '../shared/ipc.ts';
import type { ArmOffers } from '../shared/leader-choice.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import { defaultStationConfig, parseStationYaml } from '../shared/station-config.ts';
import { draftOf, type StationDraft } from '../shared/station-config-draft.ts';
import type { StationSetupView } from '../shared/station-setup.ts';
import { cameraInWords } from '../shared/station-words.ts';
import type { Log, WebcamSource } from './ports.ts';
import { writeStation } from '../shared/station-config-text.ts';
import { WebcamPreviews } from './webcam-previews.ts';

/** Between two looks for ports: an arm that is plugged in shows within this. */
const LOOK_EVERY_MS = 1500;
const FILE = 'robot.yaml';

export interface StationDeskPorts {
  clock: Clock;
  log: Log;
  /** Where a file of the app's own making goes. */
  folder: string;
  /** Throws FILE_UNREADABLE. */
  readText(path: string): string;
  /** Keeps what was there as `PATH.before`. Throws FILE_UNREADABLE. */
  writeText(path: string, text: string): void;
  followerOffers(): Promise<ArmOffers>;
  /** Null where webcams cannot be opened. */
  webcams: WebcamSource | null;
}

/** Makes and changes a robot host's `station.yaml` by what is chosen in the window. Nothing is written before it is saved. */
export class StationDesk {
  readonly #ports: StationDeskPorts;
  readonly #viewers = new Listeners<StationSetupView>();
  readonly #pictureTakers = new Listeners<FramePortFrame>();
  readonly #previews: WebcamPreviews | null;
  #view: StationSetupView;
  #cancelLook: () => void = () => undefined;

  constructor(ports: StationDeskPorts) {
    this.#ports = ports;
    this.#view = {
      isOpen: false, file: join(ports.folder, FILE), isNew: true, draft: null, followers: { ports: [], calibrations: [] },
      webcams: [], isLooking: false, webcamError: null, error: null, saved: null,
    };
    this.#previews = ports.webcams === null ? null : new WebcamPreviews(ports.webcams, {
      onChange: () => this.#showWebcams(),
      onFrame: (frame) => this.#pictureTakers.tell(frame),
    });
  }

  /** Carries out what the form asks for, and answers with the view after it. Never rejects. */
  async act(action: StationAction): Promise<StationSetupView> {
    switch (action.do) {
      case 'open':
        this.#open(action.configFile);
        break;
      case 'save':
        await this.#save(action.draft);
        break;
      case 'close':
        await this.close();
        break;
    }
    return this.#view;
  }

  onView(listener: (view: StationSetupView) => void): () => void {
    return this.#viewers.add(listener);
  }

  /** Small pictures of the webcams for the frame port, by `device`. Returns the unsubscribe. */
  onFrame(listener: (frame: FramePortFrame) => void): () => void {
    return this.#pictureTakers.add(listener);
  }

  /** Frees the cameras. Never rejects. */
  async close(): Promise<void> {
    this.#cancelLook();
    this.#cancelLook = () => undefined;
    this.#set({ isOpen: false, draft: null });
    await this.#previews?.close();
  }

  #open(configFile: string | null): void {
    const file = configFile ?? join(this.#ports.folder, FILE);
    const isNew = configFile === null && !existsSync(file);
    this.#set({ isOpen: true, file, isNew, draft: null, error: null, saved: null });
    try {
      const config = isNew ? defaultStationConfig() : parseStationYaml(this.#ports.readText(file), { file });
      this.#set({ draft: draftOf(config, cameraInWords) });
    } catch (thrown) {
      this.#set({ error: toPortalError(thrown).toJSON() });
    }
    this.#previews?.open();
    this.#cancelLook();
    void this.#lookForArms();
  }

  async #save(draft: StationDraft): Promise<void> {
    const { file, isNew } = this.#view;
    try {
      const text = writeStation(isNew ? null : this.#ports.readText(file), draft, file);
      this.#ports.writeText(file, text);
      // Whoever starts the host next finds the cameras free.
      await this.close();
      this.#set({ saved: file, error: null });
    } catch (thrown) {
      this.#set({ error: toPortalError(thrown).toJSON() });
    }
  }

  async #lookForArms(): Promise<void> {
    try {
      this.#set({ followers: await this.#ports.followerOffers() });
    } catch (thrown) {
      this.#ports.log.warn('looking for follower arms failed', { error: toPortalError(thrown).message });
    }
    if (this.#view.isOpen) this.#cancelLook = this.#ports.clock.after(LOOK_EVERY_MS, () => void this.#lookForArms());
  }

  #showWebcams(): void {
    if (this.#previews === null) return;
    const { offers, isLooking, error } = this.#previews;
    this.#set({ webcams: offers, isLooking, webcamError: error });
  }

  #set(changed: Partial<StationSetupView>): void {
    this.#view = { ...this.#view, ...changed };
    this.#viewers.tell(this.#view);
  }
}
