import { describe, expect, it } from 'vitest';
import { OneATurn } from '../../../main/one-a-turn.ts';
import type { VideoFrame } from '../../../shared/portal/types.ts';

const frame = (track: string, timestampUs: number): VideoFrame => ({ track, width: 2, height: 2, format: 'rgb24', data: new Uint8Array(12), timestampUs });
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('frames, one a turn', () => {
  it('are handed on in order, with what else there is in between', async () => {
    const seen: string[] = [];
    const frames = new OneATurn(({ track }) => seen.push(track));
    frames.push(frame('front', 1));
    frames.push(frame('wrist', 1));
    expect(seen).toEqual([]);
    await turn();
    seen.push('what else there is');
    await turn();
    expect(seen).toEqual(['front', 'what else there is', 'wrist']);
    frames.push(frame('front', 2));
    await turn();
    expect(seen.at(-1)).toBe('front');
  });

  it('lose none and keep no more than one of a track where turns are long', async () => {
    const seen: number[] = [];
    const frames = new OneATurn(({ timestampUs }) => seen.push(timestampUs));
    for (let n = 1; n <= 3; n++) frames.push(frame('front', n));
    expect(seen).toEqual([1, 2]);
    await turn();
    expect(seen).toEqual([1, 2, 3]);
  });
});
