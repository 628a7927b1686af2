import { LoopbackTransport } from '../../main/transport/loopback-transport.ts';
import type { HostState } from '../../shared/portal/host-state.ts';
import { ATTRIBUTE } from '../../shared/portal/names.ts';
import type { ConnectOptions, DataPacket, Peer, TransportListener } from '../../shared/portal/transport.ts';

/** Hears what reaches the robot, before the robot does. */
export class TappedTransport extends LoopbackTransport {
  onHeard: (packet: DataPacket) => void = () => undefined;
  onHostState: (state: HostState) => void = () => undefined;

  override setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    const state = attributes[ATTRIBUTE.hostState];
    if (state !== undefined) this.onHostState(JSON.parse(state) as HostState);
    return super.setAttributes(attributes);
  }

  override connect(options: ConnectOptions, listener: TransportListener): Promise<Peer> {
    const onData = (packet: DataPacket): void => { this.onHeard(packet); listener.onData(packet); };
    return super.connect(options, new Proxy(listener, { get: (target, key) => (key === 'onData' ? onData : bound(target, key as keyof TransportListener)) }));
  }
}

function bound<Key extends keyof TransportListener>(target: TransportListener, key: Key): TransportListener[Key] {
  return target[key].bind(target) as TransportListener[Key];
}
