import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Unheard } from '../../../../main/transport/unheard.ts';

let listening = 0;
let unheard: Unheard;

function listen(): () => void {
  listening += 1;
  return () => { listening -= 1; };
}

beforeEach(() => {
  vi.useFakeTimers();
  listening = 0;
  unheard = new Unheard(listen, false);
});
afterEach(() => {
  unheard.close();
  vi.useRealTimers();
});

it('does not listen for whoever is understood at once', () => {
  unheard.joined('robot');
  vi.advanceTimersByTime(500);
  unheard.heard('robot');
  vi.advanceTimersByTime(60_000);
  expect(listening).toBe(0);
});

it('listens soon enough to say within 3 s that nothing is understood, and until it is', () => {
  unheard.joined('robot');
  vi.advanceTimersByTime(1_000);
  expect(listening).toBe(1);
  // Anything but the one that is waited for.
  unheard.heard('somebody');
  expect(listening).toBe(1);
  unheard.heard('robot');
  expect(listening).toBe(0);
});

it('looks at a silent one for a sixth of the time, and never looks away for long', () => {
  unheard.joined('recorder');
  vi.advanceTimersByTime(10_000);
  let listened = 0;
  let awayMs = 0;
  for (let ms = 0; ms < 60_000; ms += 50) {
    vi.advanceTimersByTime(50);
    listened += listening;
    awayMs = listening > 0 ? 0 : awayMs + 50;
    expect(awayMs).toBeLessThan(1_500);
  }
  expect(listened / 1200).toBeLessThan(0.2);
});

it('listens long to a new one, also between two looks at another', () => {
  unheard.joined('recorder');
  vi.advanceTimersByTime(3_000);
  expect(listening).toBe(0);
  unheard.joined('robot');
  for (let ms = 1_000; ms < 2_500; ms += 250) {
    vi.advanceTimersByTime(ms === 1_000 ? 1_000 : 250);
    expect(listening).toBe(1);
  }
});

it('ends with the session', () => {
  unheard.joined('robot');
  vi.advanceTimersByTime(1_000);
  unheard.close();
  expect(listening).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(listening).toBe(0);
});

it('with a key, listens all the time until everybody is understood or gone', () => {
  unheard = new Unheard(listen, true);
  unheard.joined('robot');
  unheard.joined('desk');
  expect(listening).toBe(1);
  unheard.heard('robot');
  vi.advanceTimersByTime(60_000);
  expect(listening).toBe(1);
  unheard.heard('desk');
  expect(listening).toBe(0);
});
