import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PortalError } from '../../../shared/portal/errors.ts';
import { replaceFile } from '../../replace-file.ts';
import { formatCalibration, parseCalibration, type ArmCalibration } from './calibration.ts';
import { SO101_MOTORS } from './so101-motors.ts';

/** Reads an SO-101's calibration. Throws FILE_UNREADABLE or CALIBRATION_INVALID. */
export function readCalibrationFile(path: string): ArmCalibration {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new PortalError('FILE_UNREADABLE', `${path} cannot be read`, { got: thrown instanceof Error ? thrown.message : String(thrown), fix: 'Check the path.', cause: thrown });
  }
  return parseCalibration(text, SO101_MOTORS, path);
}

/** A calibration that was written, and the way back. */
export interface SavedCalibration {
  path: string;
  /** Where the one before is kept; null = there was none, or it held the same. */
  backup: string | null;
  /** As it was before. Throws what the file system says. */
  undo(): void;
}

/**
 * Writes a calibration whole or not at all. One that is there already stays beside it as `<name>.<time>.bak`. Throws
 * FILE_UNREADABLE when the folder cannot be written to.
 */
export function saveCalibrationFile(path: string, calibration: ArmCalibration, nowUs: number): SavedCalibration {
  const text = formatCalibration(calibration);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const isThere = existsSync(path);
    if (isThere && readFileSync(path, 'utf8') === text) return { path, backup: null, undo: () => undefined };
    const backup = isThere ? freeBackup(path, nowUs) : null;
    if (backup !== null) copyFileSync(path, backup);
    replaceFile(path, text);
    return { path, backup, undo: () => (backup === null ? rmSync(path) : renameSync(backup, path)) };
  } catch (thrown) {
    throw new PortalError('FILE_UNREADABLE', `${path} cannot be written`, { got: thrown instanceof Error ? thrown.message : String(thrown), fix: 'Check that the folder may be written to and the disk is not full.', cause: thrown });
  }
}

/** Earlier calibrations that were kept beside this one, the newest first. */
export function calibrationBackups(path: string): string[] {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  const start = `${basename(path)}.`;
  return readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.bak')).sort().reverse().map((name) => join(folder, name));
}

/** When a backup was made, for a person: `2026-11-25 14:03:59 UTC`; null = the file is none. */
export function backupTime(path: string): string | null {
  const found = /\.(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z(?:\.\d+)?\.bak$/u.exec(path);
  return found === null ? null : `${found[1]} ${found[2]}:${found[3]}:${found[4]} UTC`;
}

/** `my_arm.json.2026-11-25T14-03-59Z.bak`; two within a second get a number. Colons cannot be in a name on Windows. */
function freeBackup(path: string, nowUs: number): string {
  const time = new Date(nowUs / 1000).toISOString().replace(/\.\d+Z$/u, 'Z').replaceAll(':', '-');
  for (let number = 0; ; number += 1) {
    const candidate = `${path}.${time}${number === 0 ? '' : `.${number}`}.bak`;
    if (!existsSync(candidate)) return candidate;
  }
}
