import { toPortalError } from '../shared/portal/errors.ts';
import { RPC_CODE, RPC_METHOD } from '../shared/portal/names.ts';
import type { Operator } from '../shared/portal/operator.ts';

const TIMEOUT_MS = 3000;

/**
 * Latches STOP at the robot. At one that has none, or does not answer, control is released, so that nothing more is
 * executed. Resolves with which of the two was done; rejects when the robot has STOP and it failed.
 */
export async function stopRobot(operator: Operator): Promise<'stopped' | 'released'> {
  try {
    await operator.performRpc(RPC_METHOD.stop, '', { responseTimeoutMs: TIMEOUT_MS });
    return 'stopped';
  } catch (thrown) {
    const error = toPortalError(thrown);
    await operator.setActiveOperator(null);
    if (error.details.rpcCode !== RPC_CODE.unsupportedMethod) throw error;
    return 'released';
  }
}
