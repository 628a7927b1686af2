import pino from 'pino';
import type { Log } from './ports.ts';

/** Diagnostics as JSON lines on standard error; `PORTAL_CONSOLE_LOG` sets the level, default `warn`. */
export function createLog(level: string | undefined): Log {
  const known = level !== undefined && level in pino.levels.values ? level : 'warn';
  const destination = pino.destination({ dest: 2, sync: true });
  // Whoever read standard error may be gone; a robot must not lose its host over it.
  destination.on('error', () => undefined);
  const logger = pino({ level: known, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (message, details) => logger.info(details ?? {}, message),
    warn: (message, details) => logger.warn(details ?? {}, message),
    error: (message, details) => logger.error(details ?? {}, message),
  };
}
