import { PortalError, toPortalError } from '../shared/portal/errors.ts';
import type { ExitCode, StationOutput, WebcamSource } from './ports.ts';

/** `--list-cameras`. Never rejects: what went wrong is said. */
export async function listCameras(source: WebcamSource | null, output: StationOutput): Promise<ExitCode> {
  try {
    if (source === null) throw new PortalError('NOT_SUPPORTED', 'This program cannot open webcams', { fix: 'Ask the app: npm run robot-host -- --list-cameras' });
    output.event({ event: 'cameras', cameras: await source.list({ withSizes: true }) });
    output.event({ event: 'exit', code: 0, reason: 'the webcams are listed' });
    return 0;
  } catch (thrown) {
    const error = toPortalError(thrown);
    output.event({ event: 'error', ...error.toJSON() });
    output.event({ event: 'exit', code: 1, reason: error.code });
    return 1;
  }
}
