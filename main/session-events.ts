import type { Operator } from '../shared/portal/operator.ts';
import type { Robot } from '../shared/portal/robot.ts';
import type { StationOutput } from './ports.ts';

/** Says what happens in the room: operators, who drives, warnings as far as `passes` lets them. Returns the unsubscribe. */
export function announceSession(role: Robot | Operator, output: StationOutput, passes: (tag: string) => boolean = () => true): () => void {
  const subscriptions = [
    role.onActiveOperatorChanged((identity) => output.event({ event: 'active_operator', identity })),
    role.onOperatorJoined((identity) => output.event({ event: 'operator_joined', identity })),
    role.onOperatorLeft((identity) => output.event({ event: 'operator_left', identity })),
    role.onWarning(({ tag, message, count }) => {
      if (passes(tag)) output.event({ event: 'warning', tag, message, count });
    }),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}
