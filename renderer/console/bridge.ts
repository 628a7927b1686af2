import { FRAME_PORT_MESSAGE } from '../../shared/ipc-channels.ts';
import type { FramePortFrame } from '../../shared/console-state.ts';
import type { CommandName, CommandPayload, CommandReply, PortalBridge, Pushes, ReportName, ReportPayload } from '../../shared/ipc.ts';
import { PortalError } from '../../shared/portal/errors.ts';

declare global {
  interface Window {
    /** Put there by the preload. */
    readonly portal: PortalBridge;
  }
}

/** Asks main for something. Rejects with the PortalError that main threw. */
export async function call<Name extends CommandName>(name: Name, payload: CommandPayload<Name>): Promise<CommandReply<Name>> {
  const envelope = await window.portal.call(name, payload);
  if (envelope.ok) return envelope.value;
  const { code, message, ...details } = envelope.error;
  throw new PortalError(code, message, details);
}

export function report<Name extends ReportName>(name: Name, payload: ReportPayload<Name>): void {
  window.portal.report(name, payload);
}

/** Returns its own unsubscribe. */
export function on<Name extends keyof Pushes>(name: Name, listener: (payload: Pushes[Name]) => void): () => void {
  return window.portal.on(name, listener);
}

/** Pixels that come through main. Each is answered once `draw` is done with it: that is what lets the next one come. */
export function onFrames(draw: (frame: FramePortFrame) => void): () => void {
  let current: MessagePort | null = null;
  const receive = (event: MessageEvent): void => {
    const [port] = event.ports;
    if (event.source !== window || event.data !== FRAME_PORT_MESSAGE || port === undefined) return;
    current?.close();
    current = port;
    port.onmessage = ({ data }: MessageEvent<FramePortFrame>) => {
      try {
        draw(data);
      } finally {
        port.postMessage({ purpose: data.purpose, track: data.track });
      }
    };
  };
  window.addEventListener('message', receive);
  return () => {
    window.removeEventListener('message', receive);
    current?.close();
  };
}
