import type { PortalConfig } from '../shared/portal/config.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { ConsoleStore } from './console-store.ts';
import { leaderFeatures } from './console-view.ts';
import type { DriveLeader } from './drive-leader.ts';
import type { StationPorts } from './ports.ts';
import { RobotQuestions } from './robot-questions.ts';
import type { SessionPicture } from './session-picture.ts';

export interface RobotWatchSources {
  operator: Operator;
  portal: PortalConfig;
  ports: StationPorts;
  store: ConsoleStore;
  leader: DriveLeader;
  picture: SessionPicture;
}

/** What is asked of the robot while a console is in its session: what it is, once, and how it fares, all the time. */
export class RobotWatch {
  readonly #from: RobotWatchSources;
  readonly #questions: RobotQuestions;

  constructor(sources: RobotWatchSources) {
    this.#from = sources;
    this.#questions = new RobotQuestions(sources.operator, sources.ports.log);
  }

  async describe(): Promise<void> {
    const { leader, portal, store, picture } = this.#from;
    const hostDescription = await this.#questions.describe();
    if (hostDescription === null) return;
    await leader.setFeatures(leaderFeatures(portal, hostDescription));
    store.set({ hostDescription });
    picture.all();
  }

  /** Asks for figures; a description that got lost is asked for again. Only our own hosts publish their state, and answer. */
  async look(isConnected: boolean): Promise<void> {
    const { store, operator, picture } = this.#from;
    if (store.state.hostDescription === null) return operator.hostState === null ? undefined : this.describe();
    if (picture.isSilent || !isConnected) return;
    const hostStatus = await this.#questions.status();
    if (hostStatus !== null) store.setSoon({ hostStatus });
  }

  everySecond(): void {
    const { store, operator, ports, leader } = this.#from;
    const { host, hostStatus } = store.state;
    const { kind, measuredHz, overruns, arm } = leader.info;
    const refused = hostStatus === null ? null : Object.values(hostStatus.refused).reduce((sum, count) => sum + count, 0);
    ports.output.event({
      event: 'metrics', role: 'console', state: host.word, executed: hostStatus?.executed ?? null, refused, arm, ...(kind === 'none' ? {} : { leader: { rate_hz: measuredHz, overruns } }), ...operator.metrics(),
    });
  }
}
