import type { ArmKind } from '../../shared/arm-kind.ts';
import type { ArmOffers, ArmPort } from '../../shared/leader-choice.ts';
import { readBindings, type ArmBinding } from './feetech/arm-bindings.ts';
import { findCalibration, listCalibrations } from './feetech/calibration-places.ts';
import { listSerialPorts } from './serial-link.ts';
import { mayBeArm, portKey, type SerialPortInfo } from './serial-ports.ts';

/**
 * What an arm of a kind may be chosen from on this machine now: adapters that arms have, and the kind's files in lerobot's folders.
 * With the app's `dataDir` also which arm was set up on which adapter. Rejects where ports or folders cannot be listed.
 */
export async function armOffers(kind: ArmKind, dataDir: string | null): Promise<ArmOffers> {
  const known = dataDir === null ? [] : readBindings(dataDir).filter((binding) => binding.kind === kind);
  const ports = (await listSerialPorts()).filter(mayBeArm);
  return {
    ports: ports.map((port) => offered(port, kind, known)),
    calibrations: listCalibrations().filter((file) => file.kind === kind).map(({ id, path }) => ({ id, path })),
  };
}

function offered(port: SerialPortInfo, kind: ArmKind, known: readonly ArmBinding[]): ArmPort {
  const key = portKey(port);
  const arm = known.find((binding) => binding.port === key)?.id ?? '';
  return {
    key,
    path: port.path,
    name: [port.manufacturer, port.serialNumber].filter((part) => part !== null).join(' '),
    arm,
    calibration: arm === '' ? '' : (findCalibration(kind, arm) ?? ''),
  };
}
