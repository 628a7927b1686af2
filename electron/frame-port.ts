import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import type { FramePortFrame } from '../shared/console-state.ts';
import { IPC_CHANNEL } from '../shared/ipc-channels.ts';
import { FrameCredits, type FrameCredit } from './frame-credits.ts';

/** Pictures from main to the page: every load of the page gets a port of its own. */
export class FramePort {
  #port: MessagePortMain | null = null;
  #credits: FrameCredits | null = null;

  /** Call when the page has loaded: its listener is there then. */
  open(contents: WebContents): void {
    this.close();
    const { port1, port2 } = new MessageChannelMain();
    const credits = new FrameCredits((frame) => port1.postMessage(ownBytes(frame)));
    port1.on('message', ({ data }) => {
      if (isCredit(data)) credits.credit(data);
    });
    port1.start();
    contents.postMessage(IPC_CHANNEL.frames, null, [port2]);
    this.#port = port1;
    this.#credits = credits;
  }

  offer(frame: FramePortFrame): void {
    this.#credits?.offer(frame);
  }

  close(): void {
    this.#port?.close();
    this.#port = null;
    this.#credits = null;
  }
}

/** A view into a larger buffer would be sent with all of that buffer. */
function ownBytes(frame: FramePortFrame): FramePortFrame {
  return frame.data.byteLength === frame.data.buffer.byteLength ? frame : { ...frame, data: frame.data.slice() };
}

function isCredit(data: unknown): data is FrameCredit {
  return typeof data === 'object' && data !== null && 'purpose' in data && (data.purpose === 'live' || data.purpose === 'observation' || data.purpose === 'preview') && 'track' in data && typeof data.track === 'string';
}
