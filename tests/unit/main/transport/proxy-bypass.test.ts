import { describe, expect, it } from 'vitest';
import { bypassProxyFor } from '../../../../main/transport/proxy-bypass.ts';

const PROXY = 'http://proxy.example:3128';

function remaining(url: string, noProxy?: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { HTTP_PROXY: PROXY, https_proxy: PROXY, ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }) };
  bypassProxyFor(url, env);
  return env;
}

describe('bypassProxyFor', () => {
  it.each(['ws://127.0.0.1:7880', 'ws://localhost:7880', 'ws://[::1]:7880'])('reaches this machine (%s) without the proxy', (url) => {
    expect(remaining(url)).toEqual({});
  });

  it.each([
    ['robot.lab.example', 'other, lab.example'],
    ['robot.lab.example', '.lab.example'],
    ['192.168.1.5', '192.168.1.5'],
    ['anything', '*'],
  ])('reaches %s directly when NO_PROXY is %s', (host, noProxy) => {
    expect(remaining(`wss://${host}`, noProxy)).toEqual({ NO_PROXY: noProxy });
  });

  it.each([['cloud.example', undefined], ['cloud.example', 'lab.example'], ['notlab.example', 'lab.example'], ['cloud.example', '']])('leaves the proxy for %s when NO_PROXY is %s', (host, noProxy) => {
    expect(remaining(`wss://${host}`, noProxy)).toMatchObject({ HTTP_PROXY: PROXY, https_proxy: PROXY });
  });
});
