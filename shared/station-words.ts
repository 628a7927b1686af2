import type { PlanLine } from './hosting.ts';
import type { CameraConfig } from './station-config-cameras.ts';
import type { SafetyConfig, StationConfig } from './station-config.ts';

/** What a station.yaml means for a robot host, for whoever is about to start one. */
export function stationInWords(config: StationConfig): PlanLine[] {
  return [armInWords(config), ...camerasInWords(config), ...claimInWords(config), safetyInWords(config)];
}

function armInWords({ follower, units }: StationConfig): PlanLine {
  if (follower.kind === 'sim_so101') return { about: 'Arm', text: 'simulated SO-101; nothing moves but in the computer' };
  const model = follower.kind === 'so100_follower' ? 'SO-100' : 'SO-101';
  const where = follower.port === undefined ? 'on the port it was set up with' : `on ${follower.port}`;
  const calibration = follower.calibration ?? (follower.id === undefined ? 'the calibration it was set up with' : `lerobot's calibration ${follower.id}`);
  return { about: 'Arm', text: `${model} follower ${where}, ${calibration}, in ${units === 'degrees' ? 'degrees' : '−100 to 100'}` };
}

function camerasInWords({ cameras }: StationConfig): PlanLine[] {
  if (cameras === null) return [{ about: 'Cameras', text: 'a test picture for every track' }];
  const lines = Object.entries(cameras).map(([name, camera]) => ({ about: `Camera ${name}`, text: cameraInWords({ name, ...camera }) }));
  return lines.length === 0 ? [{ about: 'Cameras', text: 'none' }] : lines;
}

/** For instance `webcam USB Camera, 640×480, 30 a second`. */
export function cameraInWords(camera: CameraConfig): string {
  const rate = camera.fps === null ? '' : `, ${camera.fps} a second`;
  const size = camera.width === null || camera.height === null ? '' : `, ${camera.width}×${camera.height}`;
  switch (camera.kind) {
    case 'test':
      return `test picture${size}${rate}`;
    case 'webcam':
      return `${camera.device === null ? 'the first webcam' : `webcam ${camera.device}`}${size}${rate}`;
    case 'command':
      return `program ${(camera.run[0] ?? '').replace(/^.*[/\\]/u, '')}, ${camera.format}${size}${rate}`;
  }
}

function claimInWords({ claim }: StationConfig): PlanLine[] {
  const policy = claim.policy ?? (claim.identities.length > 0 ? 'listed' : 'anyone');
  const supervisors = claim.supervisors.length === 0 ? '' : `; ${claim.supervisors.join(', ')} may clear STOP`;
  switch (policy) {
    case 'anyone':
      return [{ about: 'Who may drive', text: `anyone in the session${supervisors}`, isNote: true }];
    case 'listed':
      return [{ about: 'Who may drive', text: `${[...claim.identities, ...claim.supervisors].join(', ') || 'nobody: the list is empty'}${supervisors}` }];
    case 'supervisors-and-holder':
      return [{ about: 'Who may drive', text: `whom a supervisor or the present driver gives control${supervisors}` }];
    case 'host-only':
      return [{ about: 'Who may drive', text: `nobody from outside${supervisors}` }];
  }
}

function safetyInWords({ safety }: StationConfig): PlanLine {
  return {
    about: 'Safety',
    text: `holds after ${safety.hold_after_ms} ms of silence, refuses commands older than ${safety.max_age_ms} ms, moves at most ${safety.slew_percent_per_s} % of a joint’s range a second, ${leavingInWords(safety)}`,
  };
}

function leavingInWords({ on_exit: onExit, rest }: SafetyConfig): string {
  switch (onExit ?? (rest === null ? null : 'park')) {
    case null:
      return 'holds when hosting ends, or parks where a rest pose was captured';
    case 'hold':
      return 'holds when hosting ends';
    case 'park':
      return 'parks when hosting ends';
    case 'release':
      return 'lets go when hosting ends';
  }
}
