import { REGISTER } from '../../../main/devices/feetech/table.ts';
import { systemClock } from '../../../main/system-clock.ts';
import { simulatedArm } from '../../fakes/sim-so101-arm.ts';
import type { ArmsJob } from '../job.ts';
import { Commands, emit, loadJob } from './side-io.ts';

/** The joint that is moved: its id, and where it stands between moves, steps. */
const JOINT = 1;
const MIDDLE = 2000;
/** Below what one tick of the robot host lets through, so that its slew limit is no part of the time. */
const STEP = 18;
const SETTLE_MS = 60_000;
const MOVE_MS = 2_000;

/** Both arms of a station: simulated servos behind pseudo-terminals, so that a move and the goal it ends in are read on one clock. */
async function main(): Promise<void> {
  const job = loadJob<ArmsJob>();
  const commands = new Commands();
  const leader = simulatedArm('leader', systemClock);
  const follower = simulatedArm('follower', systemClock);
  const servo = leader.sim.servos.find(({ id }) => id === JOINT);
  if (servo === undefined) throw new Error('the leader has no such joint');
  let wanted = MIDDLE;
  let reached: (() => void) | null = null;
  follower.sim.onWrite = ({ id, address, data }) => {
    if (id !== JOINT || address !== REGISTER.goalPosition.address || data.byteLength < 2) return;
    // Values travel as f32 and are cut towards zero.
    if (Math.abs((data[0] ?? 0) + 256 * (data[1] ?? 0) - wanted) <= 1) reached?.();
  };
  /** ms until the follower is told what the leader stands at; null = not within the patience. */
  const move = (to: number, patienceMs: number): Promise<number | null> => new Promise((resolve) => {
    wanted = to;
    const startedMs = performance.now();
    const late = setTimeout(() => { reached = null; resolve(null); }, patienceMs);
    reached = () => {
      reached = null;
      clearTimeout(late);
      resolve(performance.now() - startedMs);
    };
    servo.turnByHand(to + servo.memory.get(REGISTER.homingOffset), systemClock.nowUs());
  });
  emit('arms', { leader: leader.terminal.path, follower: follower.terminal.path, calibration: leader.calibrationText });

  if (await commands.wait('go')) {
    await settled(move);
    const samples: number[] = [];
    let missed = 0;
    for (let i = 0; i < job.moves; i++) {
      const took = await move(MIDDLE + (i % 2 === 0 ? STEP : 0), MOVE_MS);
      if (took === null) missed += 1;
      else samples.push(took);
      // No multiple of a tick, so that moves fall anywhere in one.
      await pause(40 + 7.3 * (i % 5));
    }
    emit('result', { samples, refused: missed });
  }
  leader.terminal.close();
  follower.terminal.close();
}

/** Until the operator drives and the follower has come to where the leader stands. */
async function settled(move: (to: number, patienceMs: number) => Promise<number | null>): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (let quick = 0; quick < 10;) {
    if (performance.now() > deadline) throw new Error('the follower does not follow');
    const took = await move(MIDDLE + (quick % 2 === 0 ? STEP : 0), 500);
    quick = took !== null && took < 200 ? quick + 1 : 0;
    await pause(50);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

await main();
process.exit(0);
