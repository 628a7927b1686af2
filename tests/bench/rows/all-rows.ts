import type { Row } from '../context.ts';
import { claimRow } from './claim.ts';
import { connectRow } from './connect.ts';
import { cpuRobotRow, rssRobotRow } from './robot-cost.ts';
import { stateRoundTrip } from './state-round-trip.ts';
import { videoAge } from './video-age.ts';
import { videoScreen } from './video-screen.ts';

/** Every row, in the order in which they run. */
export const ALL_ROWS: readonly Row[] = [
  stateRoundTrip(60),
  stateRoundTrip(200),
  videoAge('h264-480p30', { width: 640, height: 480, fps: 30 }),
  videoScreen('h264-480p30-screen', { width: 640, height: 480, fps: 30 }),
  cpuRobotRow,
  rssRobotRow,
  connectRow,
  claimRow,
];
