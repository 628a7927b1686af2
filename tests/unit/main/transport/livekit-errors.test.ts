import { describe, expect, it } from 'vitest';
import { connectFailure, isWorthRetrying, rpcFailure } from '../../../../main/transport/livekit-errors.ts';

const url = 'ws://robot.local:7880';

describe('connectFailure', () => {
  it('names a refused token and never repeats it', () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.c2lnbmF0dXJl';
    const error = connectFailure(`engine: signal failure: client error: 401 Unauthorized - invalid token: ${token}, error: token signature is invalid: signature is invalid`, url);
    expect(error.code).toBe('TOKEN_REFUSED');
    expect(JSON.stringify(error)).not.toContain('eyJ');
    expect(error.details.got).toContain('signature is invalid');
    expect(isWorthRetrying(error)).toBe(false);
  });

  it('asks for a new token when the old one ran out', () => {
    const error = connectFailure('engine: signal failure: client error: 401 Unauthorized - invalid token: …, error: token is expired (exp)', url);
    expect(error.details.fix).toBe('Ask for a new token.');
  });

  it.each(['engine: signal failure: transport connection error: IO error: Connection refused (os error 111)', 'IO error: failed to lookup address information: Name or service not known'])(
    'says that no server answers for: %s',
    (text) => {
      const error = connectFailure(text, url);
      expect(error.code).toBe('SERVER_UNREACHABLE');
      expect(error.message).toContain(url);
      expect(isWorthRetrying(error)).toBe(true);
    },
  );

  it('tells a time-out from an absent server', () => {
    expect(connectFailure('engine: signal failure: timeout: wait for join', url).code).toBe('CONNECT_TIMEOUT');
  });
});

describe('rpcFailure', () => {
  it.each([[1501, 'RPC_TIMEOUT'], [1502, 'RPC_TIMEOUT'], [1400, 'RPC_FAILED'], [2003, 'RPC_FAILED']] as const)('maps %i to %s and keeps the number', (rpcCode, code) => {
    const error = rpcFailure('home', 'robot', rpcCode, 'why');
    expect(error.code).toBe(code);
    expect(error.details.rpcCode).toBe(rpcCode);
  });
});
