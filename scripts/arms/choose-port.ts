import { setTimeout as wait } from 'node:timers/promises';
import type { ArmKind } from '../../shared/arm-kind.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { readBindings } from '../../main/devices/feetech/arm-bindings.ts';
import { PortWatch } from '../../main/devices/port-watch.ts';
import { listSerialPorts } from '../../main/devices/serial-link.ts';
import { mayBeArm, portKey, USB_PORT, type SerialPortInfo } from '../../main/devices/serial-ports.ts';
import type { Dialogue } from './dialogue.ts';

const LOOK_EVERY_MS = 300;

export interface PortChoice {
  /** As it is opened. */
  port: string;
  /** As it is remembered. */
  key: string;
}

/**
 * The port as named, or as it was set up, or the only one an arm can be behind; else a person shows it by unplugging the arm and
 * plugging it in again. Rejects with USAGE where nobody can be asked (`canAsk` false), or with PORT_MISSING.
 */
export async function choosePort(dialogue: Dialogue, { named, kind, id, dataDir, canAsk }: { named: string | null; kind: ArmKind; id: string | null; dataDir: string; canAsk: boolean }): Promise<PortChoice> {
  const ports = await listSerialPorts();
  if (named !== null) {
    const known = ports.find((port) => port.path === named || portKey(port) === named);
    return { port: named, key: known === undefined || named.startsWith(USB_PORT) ? named : portKey(known) };
  }
  const bound = readBindings(dataDir).filter((binding) => binding.kind === kind && (id === null || binding.id === id));
  const [only] = bound;
  if (only !== undefined && bound.length === 1) return { port: only.port, key: only.port };
  const arms = ports.filter(mayBeArm);
  const [single] = arms;
  if (single !== undefined && arms.length === 1) return { port: single.path, key: portKey(single) };
  const list = arms.map((port) => `${port.path} (${portKey(port)})`).join(', ') || 'none';
  if (!canAsk) throw new PortalError('USAGE', 'which port is not clear', { expected: '--port', got: list, fix: 'Name one with --port.' });
  dialogue.say(`Ports that may have an arm: ${list}\nUnplug the USB cable of the arm, wait a moment, and plug it in again. (Ctrl+C ends.)`);
  const plugged = await pluggedIn();
  dialogue.say(`It is ${plugged.path}.`);
  return { port: plugged.path, key: portKey(plugged) };
}

async function pluggedIn(): Promise<SerialPortInfo> {
  const watch = new PortWatch();
  for (;;) {
    const [port] = watch.look(await listSerialPorts()).come;
    if (port !== undefined) return port;
    await wait(LOOK_EVERY_MS);
  }
}
