import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ArmKind } from '../../../shared/arm-kind.ts';
import { PortalError } from '../../../shared/portal/errors.ts';

/** Folders of lerobot's releases, the newest first (0.4.4 and later write the first; the others are read). */
const FOLDERS: Readonly<Record<ArmKind, readonly string[]>> = {
  follower: ['robots/so_follower', 'robots/so101_follower', 'robots/so100_follower'],
  leader: ['teleoperators/so_leader', 'teleoperators/so101_leader', 'teleoperators/so100_leader'],
};

/** An arm's calibration file as it lies in one of lerobot's folders. */
export interface CalibrationPlace {
  kind: ArmKind;
  id: string;
  path: string;
}

/**
 * Where lerobot keeps calibrations: `$HF_LEROBOT_CALIBRATION`, else `$HF_LEROBOT_HOME/calibration`, else
 * `$HF_HOME/lerobot/calibration`, with HF_HOME `huggingface` in `$XDG_CACHE_HOME`, else in `~/.cache`, on Windows too. A leading
 * `~` is the home folder. Source: lerobot `utils/constants.py` and huggingface_hub `constants.py`.
 */
export function calibrationRoot(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): string {
  const named = (name: string): string | null => {
    const value = env[name];
    return value ? value.replace(/^~(?=$|[/\\])/u, home) : null;
  };
  const hfHome = (): string => named('HF_HOME') ?? join(named('XDG_CACHE_HOME') ?? join(home, '.cache'), 'huggingface');
  return named('HF_LEROBOT_CALIBRATION') ?? join(named('HF_LEROBOT_HOME') ?? join(hfHome(), 'lerobot'), 'calibration');
}

/** Where an arm's calibration is written. Throws VALUE_INVALID for an id that would leave the folder. */
export function calibrationPath(kind: ArmKind, id: string, root: string = calibrationRoot()): string {
  return join(root, FOLDERS[kind][0] ?? '', `${checkedId(id)}.json`);
}

/** An existing file of this arm, the newest folder first; null = none. Throws VALUE_INVALID as `calibrationPath`. */
export function findCalibration(kind: ArmKind, id: string, root: string = calibrationRoot()): string | null {
  const name = `${checkedId(id)}.json`;
  return FOLDERS[kind].map((folder) => join(root, folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Every calibration file in lerobot's folders, sorted by kind, folder and id. Folders that are not there have none. */
export function listCalibrations(root: string = calibrationRoot()): CalibrationPlace[] {
  return (['follower', 'leader'] as const).flatMap((kind) =>
    FOLDERS[kind].flatMap((folder) => jsonFiles(join(root, folder)).map((file) => ({ kind, id: file.slice(0, -'.json'.length), path: join(root, folder, file) }))),
  );
}

/** An id is a file's name: with a separator in it, it would name a file elsewhere. */
function checkedId(id: string): string {
  if (/^[\w][\w .-]{0,99}$/u.test(id) && !id.endsWith('.') && id !== 'None') return id;
  throw new PortalError('VALUE_INVALID', 'this cannot be the name of an arm', {
    expected: 'letters, digits, _ . - and spaces, at most 100', got: id === '' ? 'nothing' : id.slice(0, 120), fix: 'Give the arm a short name such as my_follower.',
  });
}

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return [];
    throw new PortalError('FILE_UNREADABLE', `${folder} cannot be listed`, { got: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown });
  }
}
