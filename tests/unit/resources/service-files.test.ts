import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCli } from '../../../main/cli.ts';
import { mayBeArm } from '../../../main/devices/serial-ports.ts';
import { exitCodeOf } from '../../../main/exit-code.ts';

const unit = readFileSync('resources/portal-console.service', 'utf8');
const rules = readFileSync('resources/70-portal-console-arms.rules', 'utf8');
const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'mu').exec(unit)?.[1] ?? '';

it('the unit starts a robot host with flags that there are', () => {
  const [program = '', ...args] = setting('ExecStart').split(' ');
  expect(program).toMatch(/\/portal-console-headless$/u);
  expect(parseCli(args)).toMatchObject({ kind: 'run', role: 'robot-host', flags: { json: true } });
});

it('the unit is started again after every failure but a mistake in its configuration', () => {
  expect(setting('Restart')).toBe('on-failure');
  const hopeless = setting('RestartPreventExitStatus').split(' ').map(Number);
  for (const code of ['CONFIG_INVALID', 'FILE_UNREADABLE', 'USAGE', 'CALIBRATION_INVALID', 'CALIBRATION_MISSING', 'VALUE_INVALID', 'DUPLICATE_IDENTITY'] as const) expect(hopeless).toContain(exitCodeOf(code));
  for (const code of ['PORT_MISSING', 'PERMISSION', 'MOTOR_MISSING', 'SERVER_UNREACHABLE', 'TOKEN_REFUSED', 'TOKEN_ENDPOINT_FAILED', 'CAMERA_MISSING', 'INTERNAL'] as const) expect(hopeless).not.toContain(exitCodeOf(code));
  expect(exitCodeOf('PORT_MISSING')).toBe(3);
  expect(exitCodeOf('SERVER_UNREACHABLE')).toBe(1);
});

it('the rules know every adapter that an arm is looked for behind, for people and for ModemManager', () => {
  for (const subsystem of ['usb', 'tty'] as const) {
    const found = rules.split('\n').filter((line) => (subsystem === 'usb' ? line.includes('SUBSYSTEM=="usb"') : line.startsWith('ATTRS{')));
    const ids = found.flatMap((line) => {
      const [, vendorId = ''] = /ATTRS?\{idVendor\}=="(\w+)"/u.exec(line) ?? [];
      const [, products = ''] = /ATTRS?\{idProduct\}=="([\w|]+)"/u.exec(line) ?? [];
      return products.split('|').map((productId) => ({ vendorId, productId }));
    });
    expect(ids).toHaveLength(5);
    for (const { vendorId, productId } of ids) expect(mayBeArm({ path: '', serialNumber: null, manufacturer: null, vendorId, productId }), `${vendorId}:${productId}`).toBe(true);
    expect(found.every((line) => line.includes(subsystem === 'usb' ? 'ID_MM_DEVICE_IGNORE' : 'TAG+="uaccess"'))).toBe(true);
  }
});

it('both come with the packaged app for Linux', () => {
  const { linux } = parse(readFileSync('electron-builder.yml', 'utf8')) as { linux: { extraFiles: { from: string }[] } };
  const shipped = linux.extraFiles.map(({ from }) => from);
  for (const file of ['resources/portal-console.service', 'resources/70-portal-console-arms.rules']) {
    expect(existsSync(file)).toBe(true);
    expect(shipped).toContain(file);
  }
});
