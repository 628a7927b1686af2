import { SerialPort } from 'serialport';
import { PortalError, type PortalErrorCode } from '../../shared/portal/errors.ts';
import type { ByteLink, ByteLinkListener } from './byte-link.ts';
import { linuxSerialPorts } from './linux-serial-ports.ts';
import { portKey, simulatedPorts, USB_PORT, type SerialPortInfo } from './serial-ports.ts';

/** What every SO-101 bus runs at. */
export const SERVO_BAUD = 1_000_000;

/** Ports that are there now, in the system's order; simulated ones last. */
export async function listSerialPorts(): Promise<SerialPortInfo[]> {
  if (process.platform === 'linux') return [...linuxSerialPorts(), ...simulatedPorts()];
  const ports = await SerialPort.list();
  const real = ports.map(({ path, vendorId, productId, serialNumber, manufacturer }) => ({
    path, vendorId: vendorId ?? null, productId: productId ?? null, serialNumber: serialNumber ?? null, manufacturer: manufacturer ?? null,
  }));
  return [...real, ...simulatedPorts()];
}

/** The path of a port that may be named `usb:SERIAL`. Rejects with PORT_MISSING. */
async function pathOf(name: string): Promise<string> {
  if (!name.startsWith(USB_PORT)) return name;
  const ports = await listSerialPorts();
  const found = ports.find((port) => portKey(port) === name);
  if (found !== undefined) return found.path;
  throw new PortalError('PORT_MISSING', `${name} is not there`, {
    expected: name, got: ports.filter(({ serialNumber }) => serialNumber !== null).map(portKey).join(', ') || 'no adapter with a serial number', fix: 'Plug the arm in.',
  });
}

/** PORT ByteLink over a serial port, named by its path or as `usb:SERIAL`; it is this program's alone while it is open. */
export class SerialLink implements ByteLink {
  readonly name: string;
  readonly #baudRate: number;
  #port: SerialPort | null = null;
  #lost: (reason: string) => void = () => undefined;

  constructor(path: string, baudRate: number = SERVO_BAUD) {
    this.name = path;
    this.#baudRate = baudRate;
  }

  async open(listener: ByteLinkListener): Promise<void> {
    const port = new SerialPort({ path: await pathOf(this.name), baudRate: this.#baudRate, lock: true, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((error) => (error === null || error === undefined ? resolve() : reject(openError(this.name, error)))));
    this.#port = port;
    const lost = (reason: string): void => {
      if (this.#port !== port) return;
      this.#port = null;
      if (port.isOpen) port.close();
      listener.onLost(reason);
    };
    this.#lost = lost;
    port.on('data', (bytes: Uint8Array) => { if (this.#port === port) listener.onBytes(bytes); });
    port.on('error', (error: Error) => { lost(error.message); });
    port.on('close', (error?: Error | null) => { lost(error?.message ?? 'the port was closed'); });
    await this.discardInput();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const port = this.#requirePort();
    const failure = await answerOf((done) => port.write(bytes, done));
    if (failure === null) return;
    // Nothing that is sent afterwards would arrive either.
    this.#lost(failure);
    throw new PortalError('PORT_LOST', `writing to ${this.name} failed`, { got: failure, fix: 'Plug the arm in again.' });
  }

  async discardInput(): Promise<void> {
    const port = this.#requirePort();
    // A port that went away in between is told by its own event.
    await answerOf((done) => port.flush(done));
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = null;
    if (port === null || !port.isOpen) return;
    await answerOf((done) => port.close(done));
  }

  #requirePort(): SerialPort {
    if (this.#port !== null) return this.#port;
    throw new PortalError('PORT_LOST', `${this.name} is not open`, { fix: 'Open it first.' });
  }
}

/** A few bytes take a fraction of a millisecond. */
const ANSWER_WITHIN_MS = 500;

/** What the system says to a call: null = done, else what went wrong. For a port that has just gone away it may never say anything. */
function answerOf(call: (done: (error?: Error | null) => void) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('no answer from the system'), ANSWER_WITHIN_MS);
    call((error) => {
      clearTimeout(timer);
      resolve(error?.message ?? null);
    });
  });
}

const OPEN_FAILURES: readonly { pattern: RegExp; code: PortalErrorCode; words: string; fix: string }[] = [
  { pattern: /lock|busy|resource temporarily unavailable|access is denied/i, code: 'PORT_BUSY', words: 'is used by another program', fix: 'End the other program that uses the arm, or unplug it and plug it in again.' },
  { pattern: /permission|EACCES|operation not permitted/i, code: 'PERMISSION', words: 'may not be opened by this user', fix: 'On Linux: sudo usermod -aG dialout $USER, then log in again; or install the udev rule that comes with the app.' },
  { pattern: /no such file|ENOENT|cannot find|file not found|unknown error code 2/i, code: 'PORT_MISSING', words: 'is not there', fix: 'Plug the arm in, and choose its port again: numbers change when arms are plugged in in another order.' },
  { pattern: /inappropriate ioctl|not a typewriter|ENOTTY|is a directory/i, code: 'DEVICE_FAILED', words: 'is no serial port', fix: 'Name the port that the arm is on: npm run calibrate -- --list shows them.' },
];

function openError(name: string, error: Error): PortalError {
  const known = OPEN_FAILURES.find(({ pattern }) => pattern.test(error.message));
  if (known === undefined) return new PortalError('DEVICE_FAILED', `${name} cannot be opened`, { got: error.message, cause: error });
  return new PortalError(known.code, `${name} ${known.words}`, { got: error.message, fix: known.fix, cause: error });
}
