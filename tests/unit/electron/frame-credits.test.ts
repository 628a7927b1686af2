import { describe, expect, it } from 'vitest';
import { FrameCredits } from '../../../electron/frame-credits.ts';
import type { FramePortFrame } from '../../../shared/console-state.ts';

function frame(track: string, timestampUs: number, purpose: FramePortFrame['purpose'] = 'live'): FramePortFrame {
  return { purpose, track, width: 2, height: 2, format: 'rgb24', data: new Uint8Array(12), timestampUs };
}

function credits() {
  const posted: [string, number][] = [];
  return { posted, credits: new FrameCredits(({ track, timestampUs }) => posted.push([track, timestampUs])) };
}

describe('FrameCredits', () => {
  it('sends one frame, and the next only when the page has drawn it', () => {
    const { posted, credits: port } = credits();
    port.offer(frame('front', 1));
    port.offer(frame('front', 2));
    expect(posted).toEqual([['front', 1]]);
    port.credit({ purpose: 'live', track: 'front' });
    expect(posted).toEqual([['front', 1], ['front', 2]]);
  });

  it('keeps the newest of those that wait', () => {
    const { posted, credits: port } = credits();
    for (const timestampUs of [1, 2, 3, 4]) port.offer(frame('front', timestampUs));
    port.credit({ purpose: 'live', track: 'front' });
    port.credit({ purpose: 'live', track: 'front' });
    expect(posted).toEqual([['front', 1], ['front', 4]]);
  });

  it('lets no tile wait for another, and no purpose for the other', () => {
    const { posted, credits: port } = credits();
    port.offer(frame('front', 1));
    port.offer(frame('wrist', 2));
    port.offer(frame('front', 3, 'observation'));
    expect(posted).toEqual([['front', 1], ['wrist', 2], ['front', 3]]);
  });

  it('sends at once again after a quiet time', () => {
    const { posted, credits: port } = credits();
    port.offer(frame('front', 1));
    port.credit({ purpose: 'live', track: 'front' });
    port.offer(frame('front', 2));
    expect(posted).toEqual([['front', 1], ['front', 2]]);
  });

  it('takes a credit nobody owes for nothing', () => {
    const { posted, credits: port } = credits();
    port.credit({ purpose: 'live', track: 'unknown' });
    port.offer(frame('front', 1));
    expect(posted).toEqual([['front', 1]]);
  });
});
