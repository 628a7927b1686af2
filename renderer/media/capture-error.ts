import { PortalError } from '../../shared/portal/errors.ts';

/** What getUserMedia threw, in words; `what` names the camera. */
export function captureError(thrown: unknown, what: string): PortalError {
  if (thrown instanceof PortalError) return thrown;
  const { name, message } = thrown instanceof Error || thrown instanceof DOMException ? thrown : { name: '', message: String(thrown) };
  switch (name) {
    case 'NotAllowedError':
      return new PortalError('PERMISSION', `the system does not let this program use ${what}`, { got: message, fix: 'Allow the camera in the system settings; on Linux join the group video.' });
    case 'NotReadableError':
    case 'AbortError':
      return new PortalError('CAMERA_FAILED', `${what} cannot be opened`, { got: message, fix: 'End the other program that uses it, or unplug it and plug it in again.' });
    case 'NotFoundError':
      return new PortalError('CAMERA_MISSING', `${what} was not found`, { got: message, fix: 'Plug it in; --list-cameras shows what is there.' });
    default:
      return new PortalError('CAMERA_FAILED', `${what} failed`, { got: `${name} ${message}`.trim() });
  }
}
