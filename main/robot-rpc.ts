import type { ArmHealth } from '../shared/portal/arm-health.ts';
import { mayClaim, type ClaimPolicy } from '../shared/portal/claim-policy.ts';
import { PortalError } from '../shared/portal/errors.ts';
import type { HostDescription, HostReport, MethodDescription } from '../shared/portal/host-state.ts';
import { RPC_CODE, RPC_METHOD } from '../shared/portal/names.ts';
import type { Robot } from '../shared/portal/robot.ts';
import type { RpcHandler } from '../shared/portal/transport.ts';
import type { CalibrationDesk } from './calibration-desk.ts';
import type { Errand } from './errand.ts';
import type { Safety } from './safety.ts';

export interface RobotRpcOptions {
  robot: Robot;
  safety: Safety;
  calibration: CalibrationDesk;
  home: () => Errand;
  rearm: () => Promise<void>;
  describe: () => Omit<HostDescription, 'methods'>;
  armHealth: () => ArmHealth | null;
  claimPolicy: ClaimPolicy;
  supervisors: readonly string[];
  nowUs: () => number;
  stop: (by: string) => void;
  clearStop: () => Promise<void>;
}

type Method = MethodDescription & { handler: RpcHandler };

const TIMEOUT_MS = 10_000;
/** A calibration of six joints takes about half of this. */
const CALIBRATION_TIMEOUT_MS = 60_000;

/** What anybody in the room may ask of the host besides claims: STOP, the arm's own motions, and what it is. */
export function registerRobotRpc(options: RobotRpcOptions): void {
  const { robot, safety, describe, armHealth, supervisors, stop, clearStop } = options;
  const methods: Method[] = [
    ...motions(options),
    {
      name: RPC_METHOD.stop, summary: 'Latches STOP; anybody may call it.', payload: 'the reason, as text', moves: false, timeoutMs: TIMEOUT_MS,
      // STOP is for everybody, also for a hidden participant: refusing it could never be the safe answer.
      handler: ({ callerIdentity, payload }) => {
        const reason = payload.trim().slice(0, 200);
        stop(`${callerIdentity === '' ? 'a hidden participant' : callerIdentity}${reason === '' ? '' : `: ${reason}`}`);
        return '';
      },
    },
    {
      name: RPC_METHOD.clearStop, summary: 'Clears STOP without resuming; for supervisors.', payload: '', moves: false, timeoutMs: TIMEOUT_MS,
      handler: async ({ callerIdentity }) => {
        if (!supervisors.includes(callerIdentity)) {
          throw refusal(`Only ${supervisors.length === 0 ? 'the robot host itself' : `the robot host or ${supervisors.join(', ')}`} may clear STOP`, callerIdentity);
        }
        await clearStop();
        return '';
      },
    },
    {
      name: RPC_METHOD.describe, summary: 'Joints, cameras, safety settings and methods, as JSON.', payload: '', moves: false, timeoutMs: TIMEOUT_MS,
      handler: () => JSON.stringify({ ...describe(), methods: methods.map(({ handler: _handler, ...description }) => description) } satisfies HostDescription),
    },
    {
      name: RPC_METHOD.status, summary: 'State, executed and refused commands, and what the motors measure, as JSON.', payload: '', moves: false, timeoutMs: TIMEOUT_MS,
      handler: () => JSON.stringify({ ...safety.status, arm: armHealth() } satisfies HostReport),
    },
  ];
  for (const { name, handler } of methods) robot.registerRpcMethod(name, handler);
}

/** What the arm does by itself: for whoever drives, or may take control while nobody does. */
function motions({ robot, safety, calibration, home, rearm, claimPolicy, nowUs }: RobotRpcOptions): Method[] {
  const requireControl = (caller: string): void => {
    const holder = robot.activeOperator;
    if (holder === caller && caller !== '') return;
    if (holder !== null) throw refusal(`${holder} drives`, caller);
    // Else a method would move an arm whose control its caller could not have.
    const verdict = mayClaim(claimPolicy, { caller, target: caller, holder, roster: { has: () => true, robot: null } });
    if (!verdict.allowed) throw refusal(verdict.reason, caller);
  };
  const carryOut = (errand: Errand): void => {
    if (!safety.send(errand, nowUs())) throw new PortalError('RPC_FAILED', `The arm cannot move now: ${safety.state.word} ${safety.state.reason}`.trim(), { rpcCode: RPC_CODE.applicationError });
  };
  return [
    {
      name: 'home', summary: 'Moves to the rest pose under a ramp.', payload: '', moves: true, timeoutMs: TIMEOUT_MS,
      handler: ({ callerIdentity }) => {
        requireControl(callerIdentity);
        carryOut(home());
        return '';
      },
    },
    {
      name: 'rearm', summary: 'Takes hold, where they are, of joints that let go after a loss of power.', payload: '', moves: true, timeoutMs: TIMEOUT_MS,
      handler: async ({ callerIdentity }) => {
        requireControl(callerIdentity);
        await rearm();
        return '';
      },
    },
    {
      name: 'calibrate', summary: 'Moves each joint through its range and answers with what was found, as JSON.', payload: 'empty = start; status = how far it is, without moving', moves: true, timeoutMs: CALIBRATION_TIMEOUT_MS,
      handler: async ({ callerIdentity, payload, responseTimeoutMs }) => {
        const word = payload.trim();
        if (word === 'status') return JSON.stringify(calibration.report);
        if (word !== '') throw new PortalError('VALUE_INVALID', `calibrate takes no payload, or status; got ${word.slice(0, 40)}`, { rpcCode: RPC_CODE.applicationError });
        requireControl(callerIdentity);
        if (!calibration.isRunning) carryOut(calibration.begin());
        return JSON.stringify(await calibration.settled(responseTimeoutMs));
      },
    },
  ];
}

function refusal(message: string, caller: string): PortalError {
  return new PortalError('NOT_AUTHORISED', message, { got: caller === '' ? 'a hidden participant' : caller, rpcCode: RPC_CODE.notAuthorised });
}
