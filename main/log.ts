import pino from 'pino';
import { LogFile } from './log-file.ts';
import type { Log } from './ports.ts';

/**
 * Diagnostics as JSON lines on standard error, which a service manager keeps and bounds; `PORTAL_CONSOLE_LOG` sets the level,
 * default `warn`. `PORTAL_CONSOLE_LOG_FILE` names a file that gets them too, bounded here, for machines without such a manager.
 */
export function createLog(env: NodeJS.ProcessEnv): Log {
  const level = env['PORTAL_CONSOLE_LOG'];
  const path = env['PORTAL_CONSOLE_LOG_FILE'];
  const known = level !== undefined && level in pino.levels.values ? level : 'warn';
  const errors = pino.destination({ dest: 2, sync: true });
  // Whoever read standard error may be gone; a robot must not lose its host over it.
  errors.on('error', () => undefined);
  const file = path === undefined || path === '' ? null : new LogFile(path);
  const write = (line: string): void => {
    errors.write(line);
    file?.write(line, (message) => errors.write(`${JSON.stringify({ level: pino.levels.values['warn'], msg: 'the log file cannot be written', path, error: message })}\n`));
  };
  const logger = pino({ level: known, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return {
    info: (message, details) => logger.info(details ?? {}, message),
    warn: (message, details) => logger.warn(details ?? {}, message),
    error: (message, details) => logger.error(details ?? {}, message),
  };
}
