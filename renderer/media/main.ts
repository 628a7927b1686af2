import type { FromCameraPage, ToCameraPage } from '../../shared/camera-messages.ts';
import { CAMERA_PORT_MESSAGE } from '../../shared/ipc-channels.ts';
import { Capture } from './capture.ts';
import { captureError } from './capture-error.ts';
import { listWebcams } from './webcam-list.ts';

/** The hidden page that has the webcams: opens them as main says, and hands over their pictures. */
window.addEventListener('message', ({ source, data, ports: [port] }) => {
  if (source === window && data === CAMERA_PORT_MESSAGE && port !== undefined) serve(port);
});

function serve(port: MessagePort): void {
  const captures = new Map<number, Capture>();
  const say = (message: FromCameraPage): void => port.postMessage(message);
  navigator.mediaDevices.addEventListener('devicechange', () => say({ kind: 'devices' }));
  port.onmessage = ({ data }: MessageEvent<ToCameraPage>) => {
    switch (data.kind) {
      case 'list':
        listWebcams(data.withSizes).then(
          (webcams) => say({ kind: 'listed', id: data.id, webcams }),
          (thrown: unknown) => say({ kind: 'ended', id: data.id, error: captureError(thrown, 'the webcams').toJSON() }),
        );
        break;
      case 'start': {
        const capture = new Capture(data, {
          onPicture: (picture) => say({ kind: 'picture', id: data.id, ...picture }),
          onEnd: (error) => {
            captures.delete(data.id);
            say({ kind: 'ended', id: data.id, error: error.toJSON() });
          },
        });
        captures.set(data.id, capture);
        break;
      }
      case 'credit':
        captures.get(data.id)?.credit();
        break;
      case 'stop':
        captures.get(data.id)?.stop();
        captures.delete(data.id);
        say({ kind: 'stopped', id: data.id });
        break;
      case 'ping':
        say({ kind: 'pong' });
        break;
    }
  };
}
