import type { Row } from '../context.ts';
import { chunkTravel } from './chunk-travel.ts';
import { claimRow } from './claim.ts';
import { connectRow } from './connect.ts';
import { fiveOperatorsRow } from './five-operators.ts';
import { cpuRobotRow, rssRobotRow } from './robot-cost.ts';
import { so101Bus, so101Leader } from './so101-bus.ts';
import { so101Drive } from './so101-drive.ts';
import { stateRoundTrip } from './state-round-trip.ts';
import { syncPushes } from './sync-pushes.ts';
import { videoAge } from './video-age.ts';
import { videoScreen } from './video-screen.ts';

/** Every row, in the order in which they run. */
export const ALL_ROWS: readonly Row[] = [
  stateRoundTrip(60),
  stateRoundTrip(200),
  videoAge('h264-480p30', { width: 640, height: 480, fps: 30 }),
  videoAge('h264-720p30', { width: 1280, height: 720, fps: 30 }),
  videoAge('mjpeg-480p30', { width: 640, height: 480, fps: 30, codec: 'mjpeg', quality: 80 }),
  videoAge('mjpeg-720p30', { width: 1280, height: 720, fps: 30, codec: 'mjpeg', quality: 80 }),
  // About 250 KB a frame, 7.5 MB/s, where a reliable channel over loopback carries some 2.
  videoAge('mjpeg-480p30-overload', { width: 640, height: 480, fps: 30, codec: 'mjpeg', quality: 95, noise: 160 }),
  videoAge('raw-224-30', { width: 224, height: 224, fps: 30, codec: 'raw' }),
  videoScreen('h264-480p30-screen', { width: 640, height: 480, fps: 30 }),
  chunkTravel,
  fiveOperatorsRow,
  cpuRobotRow,
  rssRobotRow,
  connectRow('connect', null),
  connectRow('connect-h264', { width: 640, height: 480, fps: 30 }),
  claimRow,
  so101Bus,
  so101Leader(100),
  so101Leader(200),
  so101Drive,
  syncPushes(1),
  syncPushes(4),
  syncPushes(16),
];
