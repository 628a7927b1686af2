import { afterEach, describe } from 'vitest';
import { missingPeer, PythonPeer, type PeerArguments, type PeerProgram } from './python-peer.ts';

/** Starts peers for a test and ends them after it. */
export function peerStarter(): (program: PeerProgram, options: PeerArguments) => Promise<PythonPeer> {
  const running: PythonPeer[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((peer) => peer.stop()));
  });
  return async (program, options) => {
    const peer = await PythonPeer.start(program, options);
    running.push(peer);
    return peer;
  };
}

/** A `describe` that needs the peer. Without it, skipped for a user and failing where CI=true. */
export function describeWithPeer(name: string, body: () => void): void {
  const missing = missingPeer();
  if (missing !== null && process.env['CI'] !== 'true') describe.skip(`${name} (skipped: ${missing})`, body);
  else describe(name, body);
}
