import { describe, expect, it } from 'vitest';
import { codecOfMime } from '../../../../main/transport/video-codec.ts';

describe('codecOfMime', () => {
  it('reads the codec in any case, with or without the kind', () => {
    expect(codecOfMime('video/H264')).toBe('h264');
    expect(codecOfMime('video/av1')).toBe('av1');
    expect(codecOfMime('VP9')).toBe('vp9');
  });

  it('takes nothing else for a codec', () => {
    for (const mime of [undefined, '', 'video/', 'audio/opus', 'video/toString', 'video/__proto__']) expect(codecOfMime(mime), String(mime)).toBeNull();
  });
});
