import { describe, expect, it } from 'vitest';
import { motorTroubles } from '../../../../shared/portal/arm-health.ts';
import { armHealth } from '../../../fakes/arm-health.ts';

describe('what is wrong with the motors of an arm', () => {
  it('is nothing while all are well', () => {
    expect(motorTroubles(armHealth())).toEqual([]);
  });

  it('names motor, figure, limit and what to do, the worst first', () => {
    const troubles = motorTroubles(armHealth({ 2: { celsius: 58 }, 3: { celsius: 66 }, 6: { faults: ['overload'], loadPercent: -30 } }));
    expect(troubles.map(({ motor, level, word }) => `${motor} ${level} ${word}`)).toEqual(['elbow_flex bad hot', 'gripper bad overloaded', 'shoulder_lift warn hot']);
    expect(troubles[0]).toMatchObject({ text: expect.stringContaining('66 °C; it lets go above 70 °C') as unknown, fix: expect.stringContaining('rest') as unknown });
    expect(troubles[1]?.fix).toContain('Free the joint');
  });

  it('sees a supply that is too low or too high, and a joint that works against its own limit', () => {
    const words = (changed: Parameters<typeof armHealth>[0]): string[] => motorTroubles(armHealth(changed)).map(({ level, word }) => `${level} ${word}`);
    expect(words({ 1: { volts: 4.4 } })).toEqual(['warn low voltage']);
    expect(words({ 1: { volts: 4.1 } })).toEqual(['bad low voltage']);
    expect(words({ 1: { volts: 7.9 } })).toEqual(['warn high voltage']);
    expect(words({ 1: { volts: 12.1, faults: ['voltage'] } }), 'said once').toEqual(['bad wrong voltage']);
    expect(words({ 1: { loadPercent: -62 } })).toEqual(['warn strained']);
    expect(words({ 6: { loadPercent: 24 } }), 'a gripper gives up sooner').toEqual(['bad strained']);
  });

  it('shows a fault it does not know by its name', () => {
    expect(motorTroubles(armHealth({ 1: { faults: ['new_fault'] } }))).toMatchObject([{ word: 'new fault', level: 'bad' }]);
  });
});
