import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linuxSerialPorts } from '../../../../main/devices/linux-serial-ports.ts';
import { PortWatch } from '../../../../main/devices/port-watch.ts';
import { mayBeArm, portKey, simulatedPorts, type SerialPortInfo } from '../../../../main/devices/serial-ports.ts';

const port = (path: string, serialNumber: string | null, productId = '55D3'): SerialPortInfo => ({ path, serialNumber, vendorId: '1A86', productId, manufacturer: null });

describe.skipIf(process.platform === 'win32')('serial ports of a Linux machine', () => {
  it('are told by the kernel’s files, with what their USB adapter says of itself', () => {
    const root = mkdtempSync(join(tmpdir(), 'sys-'));
    const put = (path: string, content: string): void => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), content);
    };
    const tty = (name: string, device: string): void => {
      mkdirSync(join(root, 'sys/class/tty', name), { recursive: true });
      mkdirSync(join(root, device), { recursive: true });
      symlinkSync(join(root, device), join(root, 'sys/class/tty', name, 'device'));
    };
    try {
      put('sys/devices/pci/usb1/1-2/idVendor', '1a86\n');
      put('sys/devices/pci/usb1/1-2/idProduct', '55d3\n');
      put('sys/devices/pci/usb1/1-2/serial', '58FA083454\n');
      put('sys/devices/pci/usb1/1-3/idVendor', '1a86\n');
      put('sys/devices/pci/usb1/1-3/idProduct', '7523\n');
      tty('ttyACM10', 'sys/devices/pci/usb1/1-2/1-2:1.0');
      tty('ttyACM2', 'sys/devices/pci/usb1/1-2/1-2:1.2');
      tty('ttyUSB0', 'sys/devices/pci/usb1/1-3/1-3:1.0/ttyUSB0');
      tty('ttyS0', 'sys/devices/platform/serial8250');
      tty('ttyAMA0', 'sys/devices/platform/uart');
      expect(linuxSerialPorts(root)).toEqual([
        { path: '/dev/ttyACM2', vendorId: '1a86', productId: '55d3', serialNumber: '58FA083454', manufacturer: null },
        { path: '/dev/ttyACM10', vendorId: '1a86', productId: '55d3', serialNumber: '58FA083454', manufacturer: null },
        { path: '/dev/ttyAMA0', vendorId: null, productId: null, serialNumber: null, manufacturer: null },
        { path: '/dev/ttyUSB0', vendorId: '1a86', productId: '7523', serialNumber: null, manufacturer: null },
      ]);
      expect(linuxSerialPorts(join(root, 'nowhere'))).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('the port of an arm', () => {
  it('is remembered by its adapter’s serial number, else by its name; only known adapters are asked', () => {
    expect([portKey(port('/dev/ttyACM0', 'A1')), portKey(port('/dev/ttyUSB0', null))]).toEqual(['usb:A1', '/dev/ttyUSB0']);
    expect([mayBeArm(port('COM3', 'A1')), mayBeArm(port('COM4', 'A1', '0043')), mayBeArm({ ...port('COM1', null), vendorId: null, productId: null })]).toEqual([true, false, false]);
    expect(simulatedPorts({})).toEqual([]);
  });

  it('is told by what is gone and what came between two looks', () => {
    const watch = new PortWatch();
    const [a, b] = [port('/dev/ttyACM0', 'A'), port('/dev/ttyACM1', 'B')];
    expect(watch.look([a, b])).toEqual({ gone: [], come: [] });
    expect(watch.look([b])).toEqual({ gone: [a], come: [] });
    expect(watch.look([b, { ...a, path: '/dev/ttyACM2' }]).come).toEqual([{ ...a, path: '/dev/ttyACM2' }]);
    expect(watch.look([])).toMatchObject({ come: [], gone: [{ serialNumber: 'B' }, { serialNumber: 'A' }] });
  });
});
