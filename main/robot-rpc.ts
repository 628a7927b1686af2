import type { HostDescription } from '../shared/portal/host-state.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { RPC_CODE, RPC_METHOD } from '../shared/portal/names.ts';
import type { Robot } from '../shared/portal/robot.ts';
import type { Safety } from './safety.ts';

export interface RobotRpcOptions {
  robot: Robot;
  safety: Safety;
  describe: () => HostDescription;
  supervisors: readonly string[];
  nowUs: () => number;
  stop: (by: string) => void;
  clearStop: () => Promise<void>;
}

/** What anybody in the room may ask of the host besides claims: STOP, home, and what it is. */
export function registerRobotRpc({ robot, safety, describe, supervisors, nowUs, stop, clearStop }: RobotRpcOptions): void {
  // STOP is for everybody, also for a hidden participant: refusing it could never be the safe answer.
  robot.registerRpcMethod(RPC_METHOD.stop, ({ callerIdentity, payload }) => {
    const reason = payload.trim().slice(0, 200);
    stop(`${callerIdentity === '' ? 'a hidden participant' : callerIdentity}${reason === '' ? '' : `: ${reason}`}`);
    return '';
  });
  robot.registerRpcMethod(RPC_METHOD.clearStop, async ({ callerIdentity }) => {
    if (!supervisors.includes(callerIdentity)) {
      throw refusal(`Only ${supervisors.length === 0 ? 'the robot host itself' : `the robot host or ${supervisors.join(', ')}`} may clear STOP`, callerIdentity);
    }
    await clearStop();
    return '';
  });
  robot.registerRpcMethod('home', ({ callerIdentity }) => {
    const driver = robot.activeOperator;
    if (driver !== null && driver !== callerIdentity) throw refusal(`${driver} drives`, callerIdentity);
    if (!safety.home(nowUs())) throw new PortalError('RPC_FAILED', `The arm cannot move now: ${safety.state.word}`, { rpcCode: RPC_CODE.applicationError });
    return '';
  });
  robot.registerRpcMethod(RPC_METHOD.describe, () => JSON.stringify(describe()));
  robot.registerRpcMethod(RPC_METHOD.status, () => JSON.stringify(safety.status));
}

function refusal(message: string, caller: string): PortalError {
  return new PortalError('NOT_AUTHORISED', message, { got: caller === '' ? 'a hidden participant' : caller, rpcCode: RPC_CODE.notAuthorised });
}
