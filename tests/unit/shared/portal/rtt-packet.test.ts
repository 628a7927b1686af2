import { describe, expect, it } from 'vitest';
import { decodeRtt, encodeRtt } from '../../../../shared/portal/rtt-packet.ts';

describe('rtt packets', () => {
  it.each(['ping', 'pong'] as const)('carry a %s with its clock in nine bytes', (kind) => {
    const bytes = encodeRtt(kind, 1_700_000_000_123_456);
    expect(bytes.length).toBe(9);
    expect(bytes[0]).toBe(kind === 'ping' ? 0 : 1);
    expect(decodeRtt(bytes)).toEqual({ ok: true, kind, clockUs: 1_700_000_000_123_456 });
  });

  it('are refused for another kind, another length and a clock no number holds', () => {
    const bytes = encodeRtt('ping', 1);
    expect(decodeRtt(Uint8Array.of(2, ...bytes.subarray(1)))).toMatchObject({ ok: false, reason: 'kind', got: '2' });
    expect(decodeRtt(bytes.subarray(1))).toMatchObject({ ok: false, reason: 'length' });
    expect(decodeRtt(new Uint8Array(10))).toMatchObject({ ok: false, reason: 'length' });
    expect(decodeRtt(Uint8Array.of(0, ...new Uint8Array(8).fill(0xff)))).toMatchObject({ ok: false, reason: 'timestamp' });
  });
});
