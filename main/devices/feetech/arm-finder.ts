import type { ArmKind } from '../../../shared/arm-kind.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { toPortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';
import type { ByteLink } from '../byte-link.ts';
import { mayBeArm, type SerialPortInfo } from '../serial-ports.ts';
import { isAnswering } from './arm-check.ts';
import { patientBus } from './bus.ts';
import { isScsSeries } from './motor-models.ts';
import { SO101_IDS } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** What a port turned out to be. */
export interface PortAnswer {
  path: string;
  /** Ids of 1 to 6 that answered, but for servos that cannot be an SO-101's. */
  motors: readonly number[];
  /** Mean supply of those, V; null = nobody answered. */
  volts: number | null;
  /** A guess by the supply, to be confirmed: leaders usually run on 5 V. Null = no whole arm. */
  kind: ArmKind | null;
  /** Why it could not be asked; null = it was. */
  error: PortalErrorShape | null;
}

/** Below, it is probably a leader. */
const LEADER_BELOW_V = 7;

/** Asks every adapter that may have an arm behind it, one after the other; reads only. Never rejects. */
export async function identifyArms(ports: readonly SerialPortInfo[], openLink: (path: string) => ByteLink, clock: Clock): Promise<PortAnswer[]> {
  const answers: PortAnswer[] = [];
  for (const port of ports.filter(mayBeArm)) answers.push(await ask(port.path, openLink(port.path), clock));
  return answers;
}

async function ask(path: string, link: ByteLink, clock: Clock): Promise<PortAnswer> {
  const bus = patientBus(link, clock);
  try {
    await bus.open(() => undefined);
    const motors: number[] = [];
    const volts: number[] = [];
    for (const { id } of SO101_IDS) {
      if (!(await isAnswering(bus, id)) || isScsSeries(await bus.read(id, REGISTER.modelNumber))) continue;
      motors.push(id);
      volts.push((await bus.read(id, REGISTER.presentVoltage)) / 10);
    }
    const mean = volts.length === 0 ? null : volts.reduce((sum, one) => sum + one, 0) / volts.length;
    return { path, motors, volts: mean, kind: mean === null || motors.length < SO101_IDS.length ? null : mean < LEADER_BELOW_V ? 'leader' : 'follower', error: null };
  } catch (thrown) {
    return { path, motors: [], volts: null, kind: null, error: toPortalError(thrown).toJSON() };
  } finally {
    await bus.close();
  }
}
