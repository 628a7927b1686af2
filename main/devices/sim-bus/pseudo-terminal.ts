import { closeSync, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import koffi from 'koffi';
import { PortalError } from '../../../shared/portal/errors.ts';

/** Reads a terminal's settings, and where in them the rate stands: `struct termios2` of Linux, `struct termios` of macOS. */
const SETTINGS = process.platform === 'darwin' ? { request: 0x40487413, bytes: 72, speedAt: 64 } : { request: 0x802c542a, bytes: 44, speedAt: 40 };

const O_RDWR = 2;
/** Not this process's controlling terminal: a signal key among the bytes must stay a byte. */
const O_NOCTTY = process.platform === 'darwin' ? 0x20000 : 0x100;

/** A terminal pair of the system: programs open `path` like a serial port, this side sees what they write and answers. */
export interface PseudoTerminal {
  /** For instance `/dev/pts/3`. */
  readonly path: string;
  write(bytes: Uint8Array): void;
  /** The rate that whoever has `path` open last set. */
  baud(): number;
  /** Pulls the plug: whoever has `path` open sees it go away. Idempotent. */
  close(): void;
}

/** Opens a pair. Throws NOT_SUPPORTED where the system has none (Windows), DEVICE_FAILED when it gives none. */
export function openPseudoTerminal(onBytes: (bytes: Uint8Array) => void): PseudoTerminal {
  if (process.platform === 'win32') {
    throw new PortalError('NOT_SUPPORTED', 'Windows has no pseudo-terminals that look like a serial port', { expected: 'Linux or macOS', got: 'Windows', fix: 'Use the simulated arm inside the app: follower kind sim_so101.' });
  }
  const libc = koffi.load(process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6');
  const openPair = libc.func('int posix_openpt(int flags)');
  const master = openPair(O_RDWR | O_NOCTTY) as number;
  if (master < 0 || (libc.func('int grantpt(int fd)')(master) as number) !== 0 || (libc.func('int unlockpt(int fd)')(master) as number) !== 0) {
    throw new PortalError('DEVICE_FAILED', 'the system gives no pseudo-terminal', { got: `error number ${koffi.errno()}`, fix: 'Check that /dev/ptmx is there and may be opened.' });
  }
  const path = libc.func('const char *ptsname(int fd)')(master) as string;
  // Held open here too: without it the pair counts as hung up between two openings by the other side, and reading ends.
  const held = openSync(path, O_RDWR | O_NOCTTY);
  const input = new ReadStream(master);
  const output = new WriteStream(master);
  let isOpen = true;
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, ...)');
  const baud = (): number => {
    const settings = Buffer.alloc(SETTINGS.bytes);
    if ((ioctl(held, SETTINGS.request, 'void *', settings) as number) !== 0) throw new PortalError('DEVICE_FAILED', 'the pseudo-terminal does not tell its rate', { got: `error number ${koffi.errno()}` });
    return settings.readUInt32LE(SETTINGS.speedAt);
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    input.destroy();
    output.destroy();
    closeSync(held);
  };
  input.on('data', (bytes) => { if (isOpen) onBytes(bytes as unknown as Uint8Array); });
  // The end of the pair is an error to a stream; what matters is that it is over.
  input.on('error', close);
  output.on('error', close);
  return { path, write: (bytes) => { if (isOpen) output.write(bytes); }, baud, close };
}
