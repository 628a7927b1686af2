import type { ArmKind } from '../../../shared/arm-kind.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { ArmLookup } from '../../ports.ts';
import { onlyBinding, readBindings } from './arm-bindings.ts';
import { calibrationRoot, findCalibration } from './calibration-places.ts';

/** Finds what a configuration leaves out: the port among the arms that were set up on this machine, the calibration in lerobot's places. */
export function createArmLookup(dataDir: string, env: NodeJS.ProcessEnv): ArmLookup {
  const root = calibrationRoot(env);
  return {
    port: (kind, id) => {
      const known = readBindings(dataDir);
      return onlyBinding(id === null ? known : known.filter((binding) => binding.id === id), kind).port;
    },
    calibration: (kind, port, id) => {
      const name = id ?? readBindings(dataDir).find((binding) => binding.kind === kind && binding.port === port)?.id ?? null;
      if (name === null) throw missing(kind, `no calibration is known for the ${kind} on ${port}`, 'calibration or id');
      const file = findCalibration(kind, name, root);
      if (file === null) throw missing(kind, `the ${kind} ${name} has no calibration in ${root}`, `${name}.json in one of lerobot's folders`);
      return file;
    },
  };
}

function missing(kind: ArmKind, message: string, expected: string): PortalError {
  return new PortalError('CALIBRATION_MISSING', message, { expected, got: 'nothing', fix: `Calibrate the arm in the window or with npm run calibrate -- --arm ${kind}, or name its calibration file.` });
}
