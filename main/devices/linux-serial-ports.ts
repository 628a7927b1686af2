import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SerialPortInfo } from './serial-ports.ts';

/** Adapters on USB, and a single-board computer's own pins. The many ttyS of a PC have nothing behind them. */
const NAMES = /^tty(ACM|USB|AMA)\d+$/u;

/**
 * Serial ports as the kernel tells them. The usual way asks `udevadm`, which small systems do not have, and which would be a
 * process for every look while somebody plugs and unplugs. `root`: the file system's.
 */
export function linuxSerialPorts(root = '/'): SerialPortInfo[] {
  const folder = join(root, 'sys', 'class', 'tty');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => NAMES.test(name));
  names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return names.flatMap((name) => {
    try {
      const usb = usbDevice(realpathSync(join(folder, name, 'device')), root);
      const fact = (file: string): string | null => (usb === null || !existsSync(join(usb, file)) ? null : readFileSync(join(usb, file), 'utf8').trim() || null);
      return [{ path: join('/dev', name), vendorId: fact('idVendor'), productId: fact('idProduct'), serialNumber: fact('serial'), manufacturer: fact('manufacturer') }];
    } catch {
      // Unplugged between two looks at it.
      return [];
    }
  });
}

/** The USB device above an interface; null = not on USB. */
function usbDevice(from: string, root: string): string | null {
  for (let at = from; at.length > root.length && at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'idVendor'))) return at;
  return null;
}
