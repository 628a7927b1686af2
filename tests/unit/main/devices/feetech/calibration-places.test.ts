import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindArm, onlyBinding, readBindings } from '../../../../../main/devices/feetech/arm-bindings.ts';
import { createArmLookup } from '../../../../../main/devices/feetech/arm-lookup.ts';
import { backupTime, calibrationBackups, readCalibrationFile, saveCalibrationFile } from '../../../../../main/devices/feetech/calibration-file.ts';
import { calibrationPath, calibrationRoot, findCalibration, listCalibrations } from '../../../../../main/devices/feetech/calibration-places.ts';
import { TEST_CALIBRATION } from '../../../../fakes/sim-so101-arm.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'calibrations-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const NOW_US = Date.UTC(2026, 10, 25, 14, 3, 59) * 1000;

describe('lerobot’s places for calibrations', () => {
  it('follow its environment variables in its order', () => {
    const home = join('/home', 'me');
    expect(calibrationRoot({}, home)).toBe(join(home, '.cache', 'huggingface', 'lerobot', 'calibration'));
    expect(calibrationRoot({ XDG_CACHE_HOME: '/x' }, home)).toBe(join('/x', 'huggingface', 'lerobot', 'calibration'));
    expect(calibrationRoot({ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }, home)).toBe(join(home, 'hf', 'lerobot', 'calibration'));
    expect(calibrationRoot({ HF_HOME: '/hf', HF_LEROBOT_HOME: '/le' }, home)).toBe(join('/le', 'calibration'));
    expect(calibrationRoot({ HF_LEROBOT_HOME: '/le', HF_LEROBOT_CALIBRATION: '/cal' }, home)).toBe('/cal');
  });

  it('are searched in all the folders that its releases wrote, the newest first', () => {
    const put = (path: string): string => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), '{}');
      return join(folder, path);
    };
    expect(findCalibration('follower', 'arm', folder)).toBeNull();
    const oldest = put('robots/so100_follower/arm.json');
    expect(findCalibration('follower', 'arm', folder)).toBe(oldest);
    const older = put('robots/so101_follower/arm.json');
    expect(findCalibration('follower', 'arm', folder)).toBe(older);
    const newest = put('robots/so_follower/arm.json');
    expect(findCalibration('follower', 'arm', folder)).toBe(newest);
    expect(calibrationPath('follower', 'arm', folder)).toBe(newest);
    expect(findCalibration('leader', 'arm', folder)).toBeNull();
    const leader = put('teleoperators/so101_leader/None.json');
    expect(listCalibrations(folder)).toEqual([
      { kind: 'follower', id: 'arm', path: newest }, { kind: 'follower', id: 'arm', path: older }, { kind: 'follower', id: 'arm', path: oldest },
      { kind: 'leader', id: 'None', path: leader },
    ]);
  });

  it.each(['', '../arm', 'a/b', 'a\\b', '.hidden', 'None', 'x'.repeat(101), 'arm.'])('refuse %j as the name of an arm', (id) => {
    expect(() => calibrationPath('leader', id, folder)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }) as Error);
  });
});

describe('a saved calibration', () => {
  const changed = (offset: number) => ({ ...TEST_CALIBRATION, gripper: { id: 6, driveMode: 1 as const, homingOffset: offset, rangeMin: 10, rangeMax: 900 } });

  it('never replaces another one without keeping it, twice within a second too', () => {
    const path = join(folder, 'deep', 'arm.json');
    expect(saveCalibrationFile(path, TEST_CALIBRATION, NOW_US).backup).toBeNull();
    const { backup } = saveCalibrationFile(path, changed(5), NOW_US);
    expect(backup).toBe(`${path}.2026-11-25T14-03-59Z.bak`);
    const second = saveCalibrationFile(path, changed(6), NOW_US);
    expect(second.backup).toBe(`${path}.2026-11-25T14-03-59Z.1.bak`);
    expect([backupTime(backup ?? ''), backupTime(second.backup ?? ''), backupTime(path)]).toEqual(['2026-11-25 14:03:59 UTC', '2026-11-25 14:03:59 UTC', null]);
    expect(readCalibrationFile(backup ?? '')).toEqual(TEST_CALIBRATION);
    expect(calibrationBackups(path)).toHaveLength(2);
    second.undo();
    expect(readCalibrationFile(path)).toEqual(changed(5));
    expect(calibrationBackups(path)).toEqual([backup]);
    expect(saveCalibrationFile(path, changed(5), NOW_US).backup, 'the same again needs no copy').toBeNull();
  });

  it('is undone to nothing where there was none', () => {
    const path = join(folder, 'arm.json');
    saveCalibrationFile(path, TEST_CALIBRATION, NOW_US).undo();
    expect(() => readCalibrationFile(path)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error);
  });
});

describe('arms that were set up on a machine', () => {
  it('are remembered by adapter, one name and one adapter each', () => {
    expect(readBindings(folder)).toEqual([]);
    bindArm(folder, { port: 'usb:A', kind: 'leader', id: 'left' });
    bindArm(folder, { port: 'usb:B', kind: 'follower', id: 'left' });
    bindArm(folder, { port: 'usb:C', kind: 'leader', id: 'left' });
    bindArm(folder, { port: 'usb:B', kind: 'follower', id: 'right' });
    expect(readBindings(folder)).toEqual([{ port: 'usb:C', kind: 'leader', id: 'left' }, { port: 'usb:B', kind: 'follower', id: 'right' }]);
    expect(onlyBinding(readBindings(folder), 'leader').port).toBe('usb:C');
    bindArm(folder, { port: 'usb:D', kind: 'leader', id: 'second' });
    expect(() => onlyBinding(readBindings(folder), 'leader')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: 'several leaders were set up on this machine' }) as Error);
    expect(() => onlyBinding([], 'leader')).toThrow(expect.objectContaining({ message: 'no leader was set up on this machine' }) as Error);
  });

  it('complete a configuration that leaves port or calibration out', () => {
    const env = { HF_LEROBOT_CALIBRATION: join(folder, 'cal') };
    const arms = createArmLookup(folder, env);
    expect(() => arms.port('leader', null)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    bindArm(folder, { port: 'usb:A', kind: 'leader', id: 'left' });
    bindArm(folder, { port: 'usb:B', kind: 'leader', id: 'right' });
    expect([arms.port('leader', 'left'), arms.port('leader', 'right')]).toEqual(['usb:A', 'usb:B']);
    expect(() => arms.calibration('leader', 'usb:A', null)).toThrow(expect.objectContaining({ code: 'CALIBRATION_MISSING', message: expect.stringContaining('the leader left has no calibration') as unknown }) as Error);
    const file = calibrationPath('leader', 'left', env.HF_LEROBOT_CALIBRATION);
    saveCalibrationFile(file, TEST_CALIBRATION, NOW_US);
    expect([arms.calibration('leader', 'usb:A', null), arms.calibration('leader', '/dev/ttyACM0', 'left')]).toEqual([file, file]);
    expect(() => arms.calibration('leader', '/dev/ttyACM0', null)).toThrow(expect.objectContaining({ message: 'no calibration is known for the leader on /dev/ttyACM0' }) as Error);
  });

  it('are not guessed from a file that is broken, and it is not written over', () => {
    writeFileSync(join(folder, 'arms.json'), '{"a":');
    expect(() => readBindings(folder)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error);
    expect(() => { bindArm(folder, { port: 'usb:A', kind: 'leader', id: 'left' }); }).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error);
    expect(readFileSync(join(folder, 'arms.json'), 'utf8')).toBe('{"a":');
  });
});
