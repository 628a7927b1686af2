import { expect, it } from 'vitest';
import { Listeners } from '../../../shared/listeners.ts';

it('tells everybody in the order they came, until they unsubscribe', () => {
  const told: string[] = [];
  const listeners = new Listeners<number>();
  const stopA = listeners.add((item) => told.push(`a${item}`));
  listeners.add((item) => told.push(`b${item}`));
  listeners.tell(1);
  stopA();
  stopA();
  listeners.tell(2);
  expect(told).toEqual(['a1', 'b1', 'b2']);
});
