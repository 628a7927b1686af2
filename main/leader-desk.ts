import { defaultChoice, type LeaderChoice, type ArmOffers } from '../shared/leader-choice.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import type { StationPorts } from './ports.ts';

/** Between two looks for ports while somebody chooses: an arm that is plugged in shows within this. */
const LOOK_EVERY_MS = 1500;

/** What the person at the console drives with, from session to session, and what there is to choose from. */
export class LeaderDesk {
  readonly #ports: StationPorts;
  readonly #onOffers: (offers: ArmOffers) => void;
  #choice: LeaderChoice;
  #offers: ArmOffers = { ports: [], calibrations: [] };
  #isOpen = false;
  #cancel: () => void = () => undefined;

  /** `configured`: what station.yaml says; it comes before what was chosen last. */
  constructor(configured: LeaderChoice | null, ports: StationPorts, onOffers: (offers: ArmOffers) => void) {
    this.#ports = ports;
    this.#onOffers = onOffers;
    this.#choice = configured ?? ports.leaderChoice.load() ?? defaultChoice('sim');
  }

  get choice(): LeaderChoice {
    return this.#choice;
  }

  get sections(): { leaderChoice: LeaderChoice; leaderOffers: ArmOffers } {
    return { leaderChoice: this.#choice, leaderOffers: this.#offers };
  }

  /** Remembered for the next start. */
  choose(choice: LeaderChoice): LeaderChoice {
    this.#choice = choice;
    this.#ports.leaderChoice.save(choice);
    return choice;
  }

  /** Looks for ports and calibrations while `open`. */
  watchOffers(open: boolean): void {
    this.#cancel();
    this.#isOpen = open;
    if (open) void this.#look();
  }

  async #look(): Promise<void> {
    try {
      this.#offers = await this.#ports.devices.leaderOffers();
      this.#onOffers(this.#offers);
    } catch (thrown) {
      this.#ports.log.warn('looking for leader arms failed', { error: toPortalError(thrown).message });
    }
    if (this.#isOpen) this.#cancel = this.#ports.clock.after(LOOK_EVERY_MS, () => void this.#look());
  }
}
