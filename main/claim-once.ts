import { describeError, toPortalError } from '../shared/portal/errors.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { StationPorts } from './ports.ts';

const ATTEMPTS = 5;
const PAUSE_MS = 1000;

/**
 * Claims control whenever a robot appears and nobody else drives it: one that was killed and comes back under its name is
 * still said to drive, and the robot obeys it only once it has claimed anew. Once an arrival: a person who later clears control must not
 * see it taken again at once. Returns the stop.
 */
export function claimOnArrival(operator: Operator, ports: Pick<StationPorts, 'clock' | 'output'>): () => void {
  let cancel: () => void = () => undefined;
  const attempt = (left: number): void => {
    const me = operator.localIdentity;
    if (me === null || operator.robotIdentity === null || (operator.activeOperator !== null && operator.activeOperator !== me)) return;
    operator.setActiveOperator(me).catch((thrown: unknown) => {
      const error = toPortalError(thrown);
      const isFinal = left <= 1 || error.code === 'NOT_AUTHORISED';
      ports.output.event({ event: 'warning', tag: 'claim-failed', message: describeError(error.toJSON()), count: ATTEMPTS - left + 1 });
      if (!isFinal) cancel = ports.clock.after(PAUSE_MS, () => attempt(left - 1));
    });
  };
  const begin = (): void => {
    cancel();
    // The robot's pointer may still be on its way when the robot itself is announced.
    cancel = ports.clock.after(200, () => attempt(ATTEMPTS));
  };
  const unsubscribe = operator.onRobotJoined(begin);
  begin();
  return () => {
    cancel();
    unsubscribe();
  };
}
