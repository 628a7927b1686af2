import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A serial port of this machine. `serialNumber` is what tells two equal adapters apart; null where the chip has none. */
export interface SerialPortInfo {
  path: string;
  vendorId: string | null;
  productId: string | null;
  serialNumber: string | null;
  manufacturer: string | null;
}

/** Begins a port that is named by its adapter's serial number, wherever it is plugged in. */
export const USB_PORT = 'usb:';

/** Adapters that are found on SO-101 boards: WCH CH343, CH9102, CH340, ST's virtual port, FTDI. */
const ARM_ADAPTERS: readonly (readonly [vendorId: string, productId: string])[] = [
  ['1a86', '55d3'], ['1a86', '55d4'], ['1a86', '7523'], ['0483', '5740'], ['0403', '6001'],
];

/** Whether an arm may be behind it; anything else on a serial port is not spoken to unasked. */
export function mayBeArm({ vendorId, productId }: SerialPortInfo): boolean {
  return ARM_ADAPTERS.some(([vendor, product]) => vendor === vendorId?.toLowerCase() && product === productId?.toLowerCase());
}

/** How a port is remembered: by its adapter's serial number where it has one, else by its name. */
export function portKey({ serialNumber, path }: SerialPortInfo): string {
  return serialNumber === null ? path : `${USB_PORT}${serialNumber}`;
}

/**
 * Simulated arms as ports: each name in the folder that PORTAL_CONSOLE_SIM_PORTS says is one, with its name as serial number.
 * `npm run sim-bus -- --link FOLDER/NAME` puts one there.
 */
export function simulatedPorts(env: NodeJS.ProcessEnv = process.env): SerialPortInfo[] {
  const folder = env['PORTAL_CONSOLE_SIM_PORTS'];
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder).sort().map((name) => ({ path: join(folder, name), vendorId: '1a86', productId: '55d3', serialNumber: name, manufacturer: 'simulated' }));
}
