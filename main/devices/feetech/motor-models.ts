import { PortalError } from '../../../shared/portal/errors.ts';
import { STS3215_MODEL } from './table.ts';

/** First byte of the model number of every servo of the SCS series: 1024 steps a turn, other registers, the high byte first. */
const SCS_SERIES = 5;

/** A servo that cannot be driven as an STS3215: its replies would be taken for other positions. */
export function isScsSeries(model: number): boolean {
  return (model & 0xff) === SCS_SERIES;
}

/** Throws MOTOR_MODEL for such a servo. `motor`: as the message calls it. */
export function refuseScsSeries(motor: string, model: number): void {
  if (!isScsSeries(model)) return;
  throw new PortalError('MOTOR_MODEL', `${motor} is a servo of the SCS series`, {
    expected: `STS3215 (${STS3215_MODEL}), or one with its registers`, got: String(model), fix: 'These have 1024 steps a turn and other registers: check that this port belongs to an SO-101 arm, or put an STS3215 in its place.',
  });
}

/**
 * What is worth a second look about motors that are used all the same: clones of the STS3215, and batches of it, that say another
 * model number. One sentence a model. `motors`: as the sentence calls them, and what they answered.
 */
export function modelWarnings(port: string, motors: readonly { name: string; model: number }[]): string[] {
  const odd = new Map<number, string[]>();
  for (const { name, model } of motors) if (model !== STS3215_MODEL) odd.set(model, [...(odd.get(model) ?? []), name]);
  return [...odd].map(([model, names]) => {
    const [noun, say, they] = names.length === 1 ? ['motor', 'says it is', 'it is'] : ['motors', 'say they are', 'they are'];
    return `${noun} ${names.join(', ')} on ${port} ${say} model ${model}, not STS3215 (${STS3215_MODEL}); ${they} used all the same, but check the data sheet: registers of an STS3215, 4096 steps a turn, supply of 7.4 V or 12 V`;
  });
}
