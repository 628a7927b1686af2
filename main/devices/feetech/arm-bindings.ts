import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARM_KINDS, type ArmKind } from '../../../shared/arm-kind.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { replaceFile } from '../../replace-file.ts';

/** Which arm is behind which adapter on this machine. */
export interface ArmBinding {
  /** `usb:SERIAL`, or the port's name where the adapter has no serial number. */
  port: string;
  kind: ArmKind;
  /** The name under which lerobot's folders have its calibration. */
  id: string;
}

const FILE = 'arms.json';

/** Arms that were set up on this machine. None when there is no such file. Throws FILE_UNREADABLE for one that is not ours. */
export function readBindings(dataDir: string): ArmBinding[] {
  const path = join(dataDir, FILE);
  try {
    const list: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(list)) return list.filter(isBinding).map(({ port, kind, id }) => ({ port, kind, id }));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(path, thrown instanceof Error ? thrown.message : String(thrown));
  }
  throw unreadable(path, 'no list of arms');
}

/** Remembers an arm; what was known of its port, or of this name, is replaced. Throws FILE_UNREADABLE. */
export function bindArm(dataDir: string, binding: ArmBinding): void {
  const others = readBindings(dataDir).filter(({ port, kind, id }) => port !== binding.port && !(kind === binding.kind && id === binding.id));
  const path = join(dataDir, FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    replaceFile(path, JSON.stringify([...others, binding], null, 2));
  } catch (thrown) {
    throw new PortalError('FILE_UNREADABLE', `${path} cannot be written`, { got: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown });
  }
}

/** The one arm of a kind. Throws CONFIG_INVALID when none or several are known: then a port has to be named. */
export function onlyBinding(bindings: readonly ArmBinding[], kind: ArmKind): ArmBinding {
  const known = bindings.filter((binding) => binding.kind === kind);
  const [only] = known;
  if (only !== undefined && known.length === 1) return only;
  throw new PortalError('CONFIG_INVALID', known.length === 0 ? `no ${kind} was set up on this machine` : `several ${kind}s were set up on this machine`, {
    expected: known.length === 0 ? `one ${kind}` : known.map(({ port, id }) => `${port} (${id})`).join(', '), got: 'no port', fix: known.length === 0 ? 'Set the arm up in the window or with npm run calibrate, or name its port.' : 'Name the port.',
  });
}

function isBinding(value: unknown): value is ArmBinding {
  const { port, kind, id } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof port === 'string' && typeof id === 'string' && ARM_KINDS.some((known) => known === kind);
}

function unreadable(path: string, got: string): PortalError {
  return new PortalError('FILE_UNREADABLE', `${path} cannot be read`, { file: path, got, fix: 'Remove it, and set the arms up again.' });
}
