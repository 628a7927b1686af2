import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PortalError } from '../../../shared/portal/errors.ts';
import { parseCalibration } from './calibration.ts';
import { SO101_MOTORS } from './so101-motors.ts';
import type { BusArmSettings, RestPoseStore } from '../../ports.ts';
import { replaceFile } from '../../replace-file.ts';

const FILE = 'rest-poses.json';

/** Rest poses by arm, by joint without `.pos`. */
type RestPoses = Record<string, Record<string, number>>;

/**
 * Keeps an arm's rest pose in the app's folder. An arm is known by its calibration, which is compared with its motors before it
 * moves: a pose never comes to another arm, nor to one whose joints are counted anew. Throws CALIBRATION_INVALID.
 */
export function createRestFile(dataDir: string, arm: BusArmSettings | null): RestPoseStore {
  const path = join(dataDir, FILE);
  const key = armKey(arm);
  return {
    load: () => read(path)[key] ?? null,
    save: (pose) => write(path, { ...read(path), [key]: { ...pose } }),
    forget() {
      const { [key]: gone, ...others } = read(path);
      if (gone !== undefined) write(path, others);
    },
  };
}

function armKey(arm: BusArmSettings | null): string {
  if (arm === null) return 'simulated';
  const calibration = parseCalibration(arm.calibration.text, SO101_MOTORS, arm.calibration.file);
  const held = SO101_MOTORS.map((motor) => {
    const { id, driveMode, homingOffset, rangeMin, rangeMax } = calibration[motor] ?? { id: 0, driveMode: 0, homingOffset: 0, rangeMin: 0, rangeMax: 0 };
    return [id, driveMode, homingOffset, rangeMin, rangeMax];
  });
  return `${createHash('sha256').update(JSON.stringify(held)).digest('hex').slice(0, 32)}:${arm.units}`;
}

/** Empty when there is no such file. Throws FILE_UNREADABLE for one that is not ours. */
function read(path: string): RestPoses {
  try {
    const poses: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isRestPoses(poses)) return poses;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw unusable(path, 'read', thrown instanceof Error ? thrown.message : String(thrown));
  }
  throw unusable(path, 'read', 'no list of rest poses');
}

function write(path: string, poses: RestPoses): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replaceFile(path, JSON.stringify(poses, null, 2));
  } catch (thrown) {
    throw unusable(path, 'written', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function isRestPoses(value: unknown): value is RestPoses {
  const isMap = (one: unknown): one is Record<string, unknown> => typeof one === 'object' && one !== null && !Array.isArray(one);
  return isMap(value) && Object.values(value).every((pose) => isMap(pose) && Object.values(pose).every((place) => typeof place === 'number' && Number.isFinite(place)));
}

function unusable(path: string, how: 'read' | 'written', got: string): PortalError {
  return new PortalError('FILE_UNREADABLE', `${path} cannot be ${how}`, { file: path, got, fix: how === 'read' ? 'Remove it, and capture the rest pose anew.' : 'Check the folder and its rights.' });
}
